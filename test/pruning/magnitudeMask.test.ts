import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { keptCount, magnitudeMask } from "../../lib/pruning/magnitudeMask.js";

const sum = (mask: Float32Array): number => mask.reduce((a, b) => a + b, 0);
// Few distinct magnitudes, so that ties are the rule.
const tiedWeights = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 80 }).map((w) => Float32Array.from(w));
const sparsity = fc.double({ min: 0, max: 0.999, noNaN: true });

describe("magnitudeMask in the exact behaviour", () => {
  it("keeps exactly as many weights as asked for, ties or not", () => {
    fc.assert(
      fc.property(tiedWeights, sparsity, (weights, s) => {
        assert.equal(sum(magnitudeMask(weights, s)), keptCount(weights.length, s));
      }),
    );
  });

  it("keeps of a sparser mask only what a denser one keeps", () => {
    fc.assert(
      fc.property(tiedWeights, sparsity, sparsity, (weights, a, b) => {
        const dense = magnitudeMask(weights, Math.min(a, b));
        const sparse = magnitudeMask(weights, Math.max(a, b));
        assert.ok(sparse.every((one, i) => one <= dense[i]));
      }),
    );
  });

  it("never prunes a weight that is larger than one it keeps", () => {
    fc.assert(
      fc.property(tiedWeights, sparsity, (weights, s) => {
        const mask = magnitudeMask(weights, s);
        const kept = weights.filter((_, i) => mask[i] === 1).map(Math.abs);
        const pruned = weights.filter((_, i) => mask[i] === 0).map(Math.abs);
        assert.ok(Math.min(...kept) >= Math.max(0, ...pruned));
      }),
    );
  });

  it("keeps of equal weights those that come first", () => {
    assert.deepEqual([...magnitudeMask(Float32Array.of(1, -1, 1, -1), 0.5)], [1, 1, 0, 0]);
  });

  it("leaves pruned, of equal weights, those that were pruned before", () => {
    const weights = Float32Array.of(0, 0.2, 0.3, 0);
    assert.deepEqual([...magnitudeMask(weights, 0.25, "exact", Float32Array.of(0, 1, 1, 1))], [0, 1, 1, 1]);
  });

  it("keeps at least one weight", () => {
    assert.deepEqual([...magnitudeMask(Float32Array.of(1, 2, 3), 0.99)], [0, 0, 1]);
  });

  it("refuses NaN, which no weight can be compared with, and sparsities out of range", () => {
    const message = "Expected numbers to choose a mask by but found NaN at position 1.";
    for (const behaviour of ["exact", "tfmot"] as const) {
      assert.throws(() => magnitudeMask(Float32Array.of(1, NaN, 2), 0.5, behaviour), { name: "RangeError", message });
    }
    for (const s of [-1, 1, 1.5, NaN]) {
      assert.throws(() => magnitudeMask(Float32Array.of(1, 2), s), {
        name: "RangeError",
        message: `sparsity must be in range [0, 1) but is ${s}.`,
      });
    }
    assert.deepEqual([...magnitudeMask(Float32Array.of(1, -Infinity, 2), 0.5)], [0, 1, 1], "infinity is a number");
  });
});

describe("keptCount", () => {
  it("tells numbers above 2^24 apart, and never keeps more than there are", () => {
    const n = 2 ** 24 + 3; // float32 knows only 2^24 + 4
    assert.equal(keptCount(n, 0), n);
    assert.equal(keptCount(n, 0, "tfmot"), n);
    assert.equal(keptCount(10 * n, 0.9), n);
  });

  it("leaves as many for a sparsity as for its float32 number, as schedules give it", () => {
    for (let n = 1; n < 300; n++) {
      for (let s = 0; s < 1; s += 0.05) assert.equal(keptCount(n, Math.fround(s)), keptCount(n, s), `${s} of ${n}`);
    }
  });
});
