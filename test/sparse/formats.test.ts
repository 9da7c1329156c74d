import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { packBits } from "../../lib/data/bits.js";
import { bitmapBytes, fromBitmap, toBitmap } from "../../lib/sparse/bitmap.js";
import { csrBytes, fromCsr, toCsr } from "../../lib/sparse/csr.js";
import type { DenseMatrix, Values } from "../../lib/sparse/denseMatrix.js";
import { fromMByN, mByNBytes, toMByN } from "../../lib/sparse/mByN.js";
import { bestIndexBits, fromRelativeIndex, relativeIndexBytes, toRelativeIndex } from "../../lib/sparse/relativeIndex.js";
import { transpose } from "../../lib/sparse/transpose.js";
import { pruneTwoFour, sparseMatrices } from "./matrices.js";

// Five units with six inputs each, nine weights that are not zero: worked by hand.
const worked: { values: Float32Array; shape: [number, number] } = {
  // prettier-ignore
  values: Float32Array.of(
    0, 0, 3, 0, 0, 1,
    0, 0, 0, 0, 0, 0,
    5, 0, 0, 0, 2, 0,
    0, 4, 0, 0, 0, 6,
    7, 0, 8, 0, 0, 9,
  ),
  shape: [5, 6],
};

describe("a 5 x 6 matrix with nine weights that are not zero", () => {
  it("is in CSR its values, the column of each, and where rows begin", () => {
    const csr = toCsr(worked);
    assert.deepEqual([...csr.values], [3, 1, 5, 2, 4, 6, 7, 8, 9]);
    assert.deepEqual([...csr.columnIndices], [2, 5, 0, 4, 1, 5, 0, 2, 5]);
    assert.deepEqual([...csr.rowStarts], [0, 2, 2, 4, 6, 9]);
    // Nine values of 4 bytes, nine columns of 3 bits, six starts of 4 bits.
    assert.equal(csrBytes([5, 6], 9), 36 + 4 + 3);
    assert.deepEqual(fromCsr(csr), worked);
  });

  it("is as a bitmap its values and 30 bits", () => {
    const bitmap = toBitmap(worked);
    assert.deepEqual([...bitmap.values], [3, 1, 5, 2, 4, 6, 7, 8, 9]);
    // Read from the right: 001001 00, 0000 1000, 10 010001, 101001 and two bits to fill the byte.
    assert.deepEqual([...bitmap.bitmap], [0b00100100, 0b00010000, 0b10001001, 0b00100101]);
    assert.equal(bitmapBytes([5, 6], 9), 36 + 4);
    assert.deepEqual(fromBitmap(bitmap), worked);
  });

  it("is in relative indices of 2 bits its values, a filler and distances up to 4", () => {
    const relative = toRelativeIndex(worked, { indexBits: 2 });
    // From the 1 in the first row to the 5 in the third one it is 7: 4 to a filler, and 3 more.
    assert.deepEqual([...relative.values], [3, 1, 0, 5, 2, 4, 6, 7, 8, 9]);
    assert.deepEqual([...relative.distances], [3, 3, 4, 3, 4, 3, 4, 1, 2, 3]);
    assert.equal(relativeIndexBytes(10, 2), 40 + 3);
    assert.deepEqual(fromRelativeIndex(relative), worked);
  });

  it("needs no filler with distances of 3 bits", () => {
    assert.deepEqual([...toRelativeIndex(worked, { indexBits: 3 }).distances], [3, 3, 7, 4, 3, 4, 1, 2, 3]);
  });

  it("is in 2:4 two values and two places for each four weights of a row", () => {
    const twoFour = toMByN(worked);
    // prettier-ignore
    assert.deepEqual([...twoFour.values], [
      0, 3,  0, 1,
      0, 0,  0, 0,
      5, 0,  2, 0,
      0, 4,  0, 6,
      7, 8,  0, 9,
    ]);
    // prettier-ignore
    assert.deepEqual([...twoFour.indices], [
      0, 2,  0, 1,
      0, 1,  0, 1,
      0, 1,  0, 1,
      0, 1,  0, 1,
      0, 2,  0, 1,
    ]);
    assert.equal(mByNBytes([5, 6]), 80 + 5);
    assert.deepEqual(fromMByN(twoFour), worked);
  });
});

/** What a format gives back: every zero is 0. */
function withoutNegativeZero<V extends Values>({ values, shape }: DenseMatrix<V>): DenseMatrix<V> {
  return { values: values.map((value: number) => (value === 0 ? 0 : value)) as V, shape };
}

const integers = sparseMatrices.map(
  ({ values, shape }): DenseMatrix<Int32Array> => ({ values: Int32Array.from(values, (value) => Math.trunc(10 * value)), shape }),
);

describe("every format gives back every matrix to the bit, with 0 for -0", () => {
  for (const [kind, matrices] of [
    ["float32", sparseMatrices],
    ["integers", integers],
  ] as [string, fc.Arbitrary<DenseMatrix<Values>>][]) {
    it(`CSR of ${kind}`, () => {
      fc.assert(fc.property(matrices, (matrix) => assert.deepEqual(fromCsr(toCsr(matrix)), withoutNegativeZero(matrix))));
    });
    it(`bitmap of ${kind}`, () => {
      fc.assert(fc.property(matrices, (matrix) => assert.deepEqual(fromBitmap(toBitmap(matrix)), withoutNegativeZero(matrix))));
    });
    it(`relative index of ${kind}, in any number of bits`, () => {
      fc.assert(
        fc.property(matrices, fc.integer({ min: 1, max: 16 }), (matrix, indexBits) => {
          const relative = toRelativeIndex(matrix, { indexBits });
          assert.deepEqual(fromRelativeIndex(relative), withoutNegativeZero(matrix));
        }),
      );
    });
  }

  it("2:4, and 1:3 of what is sparser still", () => {
    fc.assert(
      fc.property(sparseMatrices.map(pruneTwoFour), (matrix) => assert.deepEqual(fromMByN(toMByN(matrix)), withoutNegativeZero(matrix))),
    );
    const matrix = { values: Float32Array.of(1, 0, 2, 0, 3, 0, 4, 5), shape: [1, 8] as [number, number] };
    assert.deepEqual(fromMByN(toMByN(matrix, [1, 3])), matrix);
  });
});

describe("the formats' bytes", () => {
  it("are what packing the parts takes", () => {
    fc.assert(
      fc.property(integers, fc.integer({ min: 1, max: 8 }), ({ values, shape }, bits) => {
        const [, columns] = shape;
        const csr = toCsr({ values, shape });
        const z = csr.values.length;
        const bitsFor = (count: number): number => Math.ceil(Math.log2(count));
        const packed = [packBits(csr.values, 9), packBits(csr.columnIndices, bitsFor(columns)), packBits(csr.rowStarts, bitsFor(z + 1))];
        assert.equal(csrBytes(shape, z, 9), packed.reduce((sum, { length }) => sum + length, 0));
        const { bitmap } = toBitmap({ values, shape });
        assert.equal(bitmapBytes(shape, z, 9), packed[0].length + bitmap.length);
        const relative = toRelativeIndex({ values, shape }, { indexBits: bits });
        const distances = packBits(relative.distances.map((distance) => distance - 1), bits);
        assert.equal(relativeIndexBytes(relative.values.length, bits, 9), packBits(relative.values, 9).length + distances.length);
      }),
    );
  });

  it("of relative indices are fewest in the bits that bestIndexBits names", () => {
    fc.assert(
      fc.property(sparseMatrices, (matrix) => {
        const bytesIn = (bits: number): number => relativeIndexBytes(toRelativeIndex(matrix, { indexBits: bits }).values.length, bits, 8);
        const best = bytesIn(bestIndexBits(matrix, 8));
        for (let bits = 1; bits <= 16; bits++) assert.ok(best <= bytesIn(bits), `${bits} bits`);
      }),
    );
  });
});

describe("transpose", () => {
  it("puts what stood in row i and column j into row j and column i", () => {
    const { values, shape } = transpose(worked);
    assert.deepEqual(shape, [6, 5]);
    for (let i = 0; i < 5; i++) for (let j = 0; j < 6; j++) assert.equal(values[5 * j + i], worked.values[6 * i + j]);
  });
});

describe("what does not fit is refused", () => {
  const csr = toCsr(worked);
  const bitmap = toBitmap(worked);
  const relative = toRelativeIndex(worked, { indexBits: 3 });
  const twoFour = toMByN(worked);
  const refused: [string, () => unknown, object][] = [
    ["a matrix of another size", () => toCsr({ ...worked, shape: [5, 5] }), { name: "TypeError", message: "Expected a matrix of 5 x 5 numbers but found 30." }],
    ["three weights in a group of 2:4", () => toMByN({ values: Float32Array.of(0, 0, 0, 0, 1, 2, 0, 3), shape: [1, 8] }), {
      name: "RangeError",
      message: "Expected 2 zeros in every 4 weights but found 1 in columns 4 to 7 of row 0.",
    }],
    ["a pattern without zeros", () => toMByN(worked, [0, 4]), { name: "RangeError", message: /mByN/ }],
    ["17 bits for a distance", () => toRelativeIndex(worked, { indexBits: 17 }), { name: "RangeError", message: /from 1 to 16 but found 17/ }],
    ["a column beyond the matrix", () => fromCsr({ ...csr, columnIndices: csr.columnIndices.map((i) => i + 1) }), { name: "RangeError", message: /column from 4 to 5 in row 0 but found 6/ }],
    ["columns out of order", () => fromCsr({ ...csr, columnIndices: Uint32Array.from(csr.columnIndices).reverse() }), { name: "RangeError", message: /in row 0 but found 2/ }],
    ["row starts out of order", () => fromCsr({ ...csr, rowStarts: Uint32Array.of(0, 5, 2, 4, 6, 9) }), { name: "RangeError", message: /in order but found 5 before 2 at row 1/ }],
    ["row starts beyond the values", () => fromCsr({ ...csr, rowStarts: Uint32Array.of(0, 2, 2, 4, 6, 10) }), { name: "RangeError", message: /to the 9 values/ }],
    ["a bit too many", () => fromBitmap({ ...bitmap, bitmap: Uint8Array.of(0b00100101, 0b00010000, 0b10001001, 0b00100101) }), { name: "RangeError", message: /9 ones but found 10/ }],
    ["a bit beyond the matrix", () => fromBitmap({ ...bitmap, bitmap: Uint8Array.of(0b00100000, 0b00010000, 0b10001001, 0b01100101) }), { name: "RangeError", message: /found a 1 at 30/ }],
    ["a bitmap too short", () => fromBitmap({ ...bitmap, bitmap: bitmap.bitmap.subarray(1) }), { name: "RangeError", message: /4 bytes but found 3/ }],
    ["distances beyond the matrix", () => fromRelativeIndex({ ...relative, distances: relative.distances.map(() => 8) }), { name: "RangeError", message: /within 30 numbers but found 32/ }],
    ["a distance of nothing", () => fromRelativeIndex({ ...relative, distances: relative.distances.map(() => 0) }), { name: "RangeError", message: /from 1 to 8 but found 0/ }],
    ["a place beyond its group", () => fromMByN({ ...twoFour, indices: twoFour.indices.map(() => 4) }), { name: "RangeError", message: /group of 4/ }],
    ["two numbers at one place", () => fromMByN({ ...twoFour, indices: twoFour.indices.map(() => 1) }), { name: "RangeError", message: /found 1 twice in row/ }],
    ["a place beyond the row", () => fromMByN({ ...twoFour, indices: twoFour.indices.map(() => 3) }), { name: "RangeError", message: /6 columns/ }],
  ];
  for (const [what, act, error] of refused) it(what, () => assert.throws(act, error));
});
