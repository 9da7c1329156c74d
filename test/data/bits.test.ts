import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { indexBits, packBits, packedBytes, unpackBits } from "../../lib/data/bits.js";

describe("packBits and unpackBits", () => {
  it("give back every integer, in as many bytes as the bits need", () => {
    const codes = fc.integer({ min: 1, max: 32 }).chain((bits) =>
      fc.tuple(fc.constant(bits), fc.boolean(), fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 40 })),
    );
    fc.assert(
      fc.property(codes, ([bits, signed, shares]) => {
        // Unsigned 32-bit codes do not fit an Int32Array.
        const isSigned = signed || bits === 32;
        const low = isSigned ? -(2 ** (bits - 1)) : 0;
        const values = Int32Array.from(shares, (share) => low + Math.floor(share * 2 ** bits));
        const bytes = packBits(values, bits);
        assert.equal(bytes.length, packedBytes(values.length, bits));
        assert.deepEqual(unpackBits(bytes, values.length, bits, isSigned), values);
      }),
    );
  });
});

describe("indexBits", () => {
  it("tells things apart with no bit to spare", () => {
    assert.deepEqual([0, 1, 2, 3, 4, 5, 8, 9, 65536, 65537].map(indexBits), [0, 0, 1, 2, 2, 3, 3, 4, 16, 17]);
  });
});
