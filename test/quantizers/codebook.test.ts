import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { codebook } from "../../lib/quantizers/codebook.js";
import { getQuantizer } from "../../lib/quantizers/getQuantizer.js";

const lists = fc.array(fc.integer({ min: -500, max: 500 }).map((n) => n / 64), { minLength: 1, maxLength: 20 });

describe("codebook", () => {
  it("has values computed by hand", () => {
    const quantizer = codebook({ centroids: [0.75, -0.5, 0] });
    const x = Float32Array.of(-3, -0.25, -0.24, 0.2, 0.375, 0.4, 9);
    assert.deepEqual([...quantizer.quantize(x)], [-0.5, -0.5, 0, 0, 0, 0.75, 0.75], "of two as near the lower");
    assert.deepEqual([...quantizer.encode(x).codes], [1, 1, 0, 0, 0, 2, 2], "0 has the code 0");
    assert.equal(quantizer.bits, 2);
    assert.equal(String(quantizer), "codebook([-0.5 0 0.75])");
    assert.deepEqual([...tf.grad((t) => quantizer.apply(t).sum())(tf.tensor1d(x)).dataSync()], Array<number>(7).fill(1));
    assert.deepEqual([1, 2, 3, 4, 5, 16, 17].map((count) => codebook({ centroids: Array.from({ length: count }, (_, i) => i) }).bits), [1, 1, 2, 2, 3, 4, 5]);
    assert.ok(Number.isNaN(quantizer.quantize(Float32Array.of(NaN))[0]));
  });

  it("takes the nearest value, and gives it back from its code, its config and its string", () => {
    fc.assert(
      fc.property(lists, lists, (centroids, numbers) => {
        const quantizer = codebook({ centroids });
        const x = Float32Array.from(numbers);
        const q = quantizer.quantize(x);
        q.forEach((value, i) => {
          assert.ok(centroids.includes(value));
          assert.ok(centroids.every((other) => Math.abs(other - x[i]) >= Math.abs(value - x[i])));
        });
        assert.deepEqual(quantizer.quantize(q), q);
        const encoded = quantizer.encode(x);
        assert.deepEqual(quantizer.decode(encoded), q);
        assert.ok(encoded.codes.every((code, i) => code >= 0 && code < 2 ** quantizer.bits && (q[i] !== 0 || code === 0)));
        for (const again of [getQuantizer(String(quantizer)), getQuantizer({ className: "codebook", config: quantizer.getConfig() })]) {
          assert.deepEqual(again.quantize(x, [x.length]), q);
          assert.equal(String(again), String(quantizer));
        }
      }),
    );
  });

  it("refuses what has no meaning", () => {
    assert.throws(() => codebook({ centroids: [] }), { name: "RangeError", message: /1 to 65536 centroids but found 0/ });
    assert.throws(() => codebook({ centroids: [1, NaN] }), { name: "RangeError", message: /finite centroids but found NaN/ });
    const quantizer = codebook({ centroids: [1, 2, 3] });
    assert.throws(() => quantizer.decode({ ...quantizer.encode(Float32Array.of(1)), codes: Int32Array.of(3) }), { name: "RangeError", message: /codes below 3 but found 3/ });
  });
});
