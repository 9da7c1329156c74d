import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { ready } from "../../lib/backend.js";
import { prepareDynamicRange } from "../../lib/integer/prepareDynamicRange.js";
import { dynamicRangeQuantize } from "../../lib/ptq/dynamicRangeQuantize.js";
import { weightOnlyQuantize } from "../../lib/ptq/weightOnlyQuantize.js";

function build(sizes: number[], seed: number, ending?: "softmax"): tf.Sequential {
  return tf.sequential({
    layers: sizes.slice(1).map((units, i) =>
      tf.layers.dense({
        units, activation: i < sizes.length - 2 ? "relu" : ending ?? "linear", ...(i === 0 && { inputShape: [sizes[0]] }),
        kernelInitializer: tf.initializers.heNormal({ seed: seed + i }), biasInitializer: tf.initializers.randomNormal({ seed: seed + 9 }),
      }),
    ),
  });
}

const draw = (rows: number, inputs: number, seed: number) => ({
  values: tf.tidy(() => tf.randomNormal([rows, inputs], 0, 3, "float32", seed).dataSync() as Float32Array), shape: [rows, inputs] as [number, number],
});

describe("prepareDynamicRange", () => {
  before(() => ready());

  it("gives what the model of dynamicRangeQuantize does, for batches and single samples", () => {
    const size = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(fc.array(size, { minLength: 2, maxLength: 4 }), fc.integer({ min: 1, max: 130 }), fc.integer({ min: 1, max: 999 }),
        fc.boolean(), fc.boolean(), fc.integer({ min: 4, max: 10 }), (sizes, rows, seed, perChannel, asymmetricQuantizeInputs, bits) => {
          const float = build(sizes, seed);
          const model = dynamicRangeQuantize(float, { perChannel, bits, asymmetricQuantizeInputs });
          const x = draw(rows, sizes[0], seed);
          const prepared = prepareDynamicRange(model);
          const { values, shape } = prepared.run(x);
          const wanted = tf.tidy(() => (model.predict(tf.tensor2d(x.values, x.shape)) as tf.Tensor).dataSync());
          assert.deepEqual(shape, [rows, sizes.at(-1)]);
          const largest = Math.max(1, ...wanted.map(Math.abs));
          // Where float32 sums bring a number over a rounding boundary, a code of the next layer is another: a step of it.
          const different = values.filter((value, i) => Math.abs(value - wanted[i]) > 1e-4 * largest).length;
          assert.ok(different <= 0.02 * values.length + shape[1], `${different} of ${values.length} differ`);
          assert.ok(values.every((value, i) => Math.abs(value - wanted[i]) < 0.05 * largest));
          assert.deepEqual([...prepared.runSample(x.values.slice(0, sizes[0]))], [...values.subarray(0, shape[1])]);
          [float, model].forEach((made) => made.dispose());
        }),
      { numRuns: 40 },
    );
  });

  it("leaves a softmax out and takes a row of zeros", () => {
    const prepared = prepareDynamicRange(dynamicRangeQuantize(build([5, 3], 1, "softmax")));
    const bias = build([5, 3], 1, "softmax").getWeights()[1].dataSync();
    assert.deepEqual([...prepared.runSample(new Float32Array(5))], [...bias]);
  });

  it("rounds a zero point of half a code away from zero, as the model does", () => {
    const row = Float32Array.of(-63.5, 191.5, 0.5, 100);
    const model = dynamicRangeQuantize(build([4, 3], 2));
    const wanted = tf.tidy(() => (model.predict(tf.tensor2d(row, [1, 4])) as tf.Tensor).dataSync());
    prepareDynamicRange(model).runSample(row).forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) < 1e-4 * Math.abs(wanted[i])));
  });

  it("refuses weights whose sums 32 bits might not hold", () => {
    const model = dynamicRangeQuantize(build([800, 2], 1), { bits: 16 });
    assert.throws(() => prepareDynamicRange(model), { name: "UnsupportedModel", message: /more than 32 bits/ });
  });

  it("refuses other models, and samples of another size", () => {
    const refused = { name: "UnsupportedModel", message: /expected a model of dynamicRangeQuantize/ };
    assert.throws(() => prepareDynamicRange(build([5, 3], 1)), refused);
    assert.throws(() => prepareDynamicRange(weightOnlyQuantize(build([5, 3], 1))), refused);
    const prepared = prepareDynamicRange(dynamicRangeQuantize(build([5, 3], 1)));
    assert.throws(() => prepared.runSample(new Float32Array(4)), { name: "TypeError", message: /5 numbers but found 4/ });
    assert.throws(() => prepared.run(draw(2, 4, 1)), { name: "TypeError" });
  });
});
