import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Matrix } from "../../lib/data/matrix.js";
import { prepareKernel } from "../../lib/sparse/prepareKernel.js";
import type { KernelFormat } from "../../lib/sparse/prepareKernel.js";
import { transpose } from "../../lib/sparse/transpose.js";
import { drawMatrix, pruneTwoFour, sparseMatrices } from "./matrices.js";

const formats: KernelFormat[] = ["dense", "csr", "bitmap", "2:4"];

/** The kernel [inputs, units] as a format can store it. */
const suited = (kernel: Matrix, format: KernelFormat): Matrix => (format === "2:4" ? transpose(pruneTwoFour(transpose(kernel))) : kernel);

/** Holds `y = x · kernel + bias`, added up in double precision, against outputs. */
function assertProduct(kernel: Matrix, bias: Float32Array | null, x: Matrix, y: Matrix): void {
  const [inputs, units] = kernel.shape;
  assert.deepEqual(y.shape, [x.shape[0], units]);
  for (let sample = 0; sample < x.shape[0]; sample++) {
    for (let unit = 0; unit < units; unit++) {
      let sum = bias ? bias[unit] : 0;
      let magnitude = Math.abs(sum);
      for (let i = 0; i < inputs; i++) {
        const product = x.values[sample * inputs + i] * kernel.values[i * units + unit];
        sum += product;
        magnitude += Math.abs(product);
      }
      const found = y.values[sample * units + unit];
      // Each of the additions rounds by at most 2^-24 of what has been added up so far.
      assert.ok(Math.abs(found - sum) <= 1e-7 * (inputs + 2) * magnitude, `sample ${sample}, unit ${unit}: ${found} instead of ${sum}`);
    }
  }
}

describe("prepareKernel", () => {
  for (const format of formats) {
    it(`computes x · kernel + bias for one sample and for many: ${format}`, () => {
      fc.assert(
        fc.property(sparseMatrices, fc.boolean(), fc.integer({ min: 1, max: 140 }), fc.nat(1000), (drawn, withBias, samples, seed) => {
          const kernel = suited(transpose(drawn), format);
          const [inputs, units] = kernel.shape;
          const bias = withBias ? drawMatrix(1, units, 0, seed + 1).values : null;
          const prepared = prepareKernel(kernel, { format, bias });
          const x = drawMatrix(samples, inputs, 0.3, seed);
          assertProduct(kernel, bias, x, prepared.matmul(x));
          // After a batch, whose samples must not be seen any more.
          const one = x.values.slice(0, inputs);
          const y: Matrix = { values: prepared.matvec(one), shape: [1, units] };
          assertProduct(kernel, bias, { values: one, shape: [1, inputs] }, y);
        }),
        { numRuns: 60 },
      );
    });

    it(`gives outputs that later calls leave alone: ${format}`, () => {
      const kernel = suited(drawMatrix(20, 9, 0.5, 1), format);
      const prepared = prepareKernel(kernel, { format });
      const first = drawMatrix(3, 20, 0, 2);
      const [batch, single] = [prepared.matmul(first), prepared.matvec(first.values.slice(0, 20))];
      const [batchBefore, singleBefore] = [[...batch.values], [...single]];
      prepared.matmul(drawMatrix(70, 20, 0, 3));
      prepared.matvec(drawMatrix(1, 20, 0, 4).values);
      assert.deepEqual([[...batch.values], [...single]], [batchBefore, singleBefore]);
    });
  }

  it("says the bytes of weights and indices in memory", () => {
    const kernel = suited(drawMatrix(100, 10, 0.5, 1), "2:4");
    const nonzeros = kernel.values.filter((value) => value !== 0).length;
    const bytes = Object.fromEntries(formats.map((format) => [format, prepareKernel(kernel, { format }).bytes]));
    assert.deepEqual(bytes, {
      dense: 100 * 16 * 4, // panels of eight units
      csr: nonzeros * (4 + 2) + 11 * 4,
      bitmap: nonzeros * 4 + 10 * 2 * 8, // two words of 64 bits a unit
      "2:4": 3 * 25 * 2 * (4 * 4 + 1), // units by fours
    });
  });

  it("lets no infinite input meet a weight that is zero in csr and bitmap, alone and in a batch", () => {
    const kernel: Matrix = { values: new Float32Array(72 * 3), shape: [72, 3] };
    kernel.values[70 * 3 + 2] = 2; // one weight, of the input 70 and the last unit
    const x: Matrix = { values: new Float32Array(72).fill(Infinity), shape: [1, 72] };
    x.values[70] = 3;
    const expected = [0, 0, 6];
    for (const format of ["csr", "bitmap"] as const) {
      const prepared = prepareKernel(kernel, { format });
      assert.deepEqual([...prepared.matvec(x.values)], expected, format);
      assert.deepEqual([...prepared.matmul(x).values], expected, format);
    }
    for (const format of ["dense", "2:4"] as const) assert.ok(prepareKernel(kernel, { format }).matvec(x.values).includes(NaN), format);
  });

  it("computes with all 65,536 inputs that two bytes can tell apart", () => {
    const kernel = drawMatrix(65536, 1, 0.999, 1);
    kernel.values[65535] = 3;
    const x = drawMatrix(1, 65536, 0, 2);
    const y: Matrix = { values: prepareKernel(kernel).matvec(x.values), shape: [1, 1] };
    assertProduct(kernel, null, x, y);
  });

  const kernel = drawMatrix(8, 3, 0, 1);
  const refused: [string, () => unknown, object][] = [
    ["a kernel that is not 2:4", () => prepareKernel(kernel, { format: "2:4" }), {
      name: "RangeError",
      message: "Expected 2 zeros in every 4 weights but found 0 in columns 0 to 3 of row 0.",
    }],
    ["an unknown format", () => prepareKernel(kernel, { format: "toString" as KernelFormat }), {
      name: "RangeError",
      message: "Expected format to be one of dense, csr, bitmap, 2:4 but found toString.",
    }],
    ["more inputs than two bytes tell apart", () => prepareKernel(drawMatrix(65537, 1, 0, 1)), { name: "RangeError", message: /65536 inputs for csr but found 65537/ }],
    ["a kernel of another size", () => prepareKernel({ values: kernel.values, shape: [8, 4] }), { name: "TypeError", message: /8 x 4 numbers but found 24/ }],
    ["a bias of another size", () => prepareKernel(kernel, { bias: new Float32Array(4) }), { name: "TypeError", message: "Expected a bias of 3 numbers but found 4." }],
    ["a sample of another size", () => prepareKernel(kernel).matvec(new Float32Array(7)), { name: "TypeError", message: "Expected a sample of 8 numbers but found 7." }],
    ["samples of another size", () => prepareKernel(kernel).matmul(drawMatrix(2, 7, 0, 1)), { name: "TypeError", message: "Expected samples of 8 numbers but found 7." }],
  ];
  for (const [what, act, error] of refused) it(`refuses ${what}`, () => assert.throws(act, error));
});
