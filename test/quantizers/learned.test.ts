import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { cloneModel } from "../../lib/layers/cloneModel.js";
import { learnedStepActivation, pactActivation } from "../../lib/layers/learnedActivation.js";
import type { LearnedStepActivation, PactActivation } from "../../lib/layers/learnedActivation.js";
import { initialStep, learnedStep, stepLevels } from "../../lib/quantizers/learnedStep.js";
import { pact } from "../../lib/quantizers/pact.js";
import { fit } from "../../lib/training/fit.js";

const close = (found: number, want: number, tolerance = 1e-5): void =>
  assert.ok(Math.abs(found - want) <= tolerance * Math.max(1, Math.abs(want)), `${found} is not ${want}`);
/** Numbers in units of the step that keep clear of where rounding and clipping change. */
const units = fc.array(fc.tuple(fc.integer({ min: -12, max: 12 }), fc.integer({ min: -40, max: 40 })).map(([n, f]) => n + f / 100), { minLength: 1, maxLength: 20 });
const options = fc.record({ bits: fc.integer({ min: 2, max: 4 }), signed: fc.boolean() });

describe("learnedStep", () => {
  it("has the values and gradients of the formula", () => {
    const x = tf.tensor1d([0.3, 2, -2]);
    const step = tf.scalar(0.25);
    assert.deepEqual([...learnedStep(x, step, { bits: 3 }).dataSync()], [0.25, 0.75, -1]);
    const [dx, ds] = tf.grads((a, s) => tf.sum(learnedStep(a, s as tf.Scalar, { bits: 3 })))([x, step]);
    assert.deepEqual([...dx.dataSync()], [1, 0, 0]);
    // 1 - 1.2, Qp = 3 and -Qn = -4, over sqrt(3 numbers times Qp).
    close(ds.dataSync()[0], (1 - 1.2 + 3 - 4) / 3);
    close(initialStep(Float32Array.of(1, -3), { bits: 3 }), 4 / Math.sqrt(3));
  });

  it("has the step gradient of finite differences, what rounding adds being held", () => {
    fc.assert(
      fc.property(units, fc.constantFrom(0.1, 0.5, 2), options, (numbers, s, format) => {
        const { below, above } = stepLevels(format);
        const x = numbers.map((n) => Math.fround(n * s));
        // Between the bounds q = s' (x / s' + r) where r is what rounding added at s; beyond, s' times the bound.
        const smooth = (width: number): number =>
          x.reduce((sum, value) => {
            const at = value / s;
            if (at <= -below || at >= above) return sum + width * (at >= above ? above : -below);
            return sum + width * (value / width + (Math.sign(at) * Math.floor(Math.abs(at) + 0.5) - at));
          }, 0);
        const h = 1e-4 * s;
        const difference = (smooth(s + h) - smooth(s - h)) / (2 * h);
        const [, ds] = tf.grads((a, b) => tf.sum(learnedStep(a, b as tf.Scalar, format)))([tf.tensor1d(x), tf.scalar(s)]);
        close(ds.dataSync()[0] * Math.sqrt(x.length * above), difference, 1e-3);
      }),
    );
  });
});

describe("pact", () => {
  it("clips, rounds and hands on the gradient that the paper gives", () => {
    const x = tf.tensor1d([-1, 0.4, 1.6, 3, 9]);
    assert.deepEqual([...pact(x, tf.scalar(3), 2).dataSync()], [0, 0, 2, 3, 3]);
    const [dx, bound] = tf.grads((a, b) => tf.sum(tf.mul(pact(a, b as tf.Scalar, 2), tf.tensor1d([1, 2, 3, 4, 5]))))([x, tf.scalar(3)]);
    assert.deepEqual([...dx.dataSync()], [0, 2, 3, 0, 0]);
    assert.equal(bound.dataSync()[0], 9);
    assert.throws(() => pact(x, tf.scalar(0)), { name: "RangeError", message: /bound to be above 0 but found 0/ });
    assert.throws(() => pact(x, tf.scalar(1), 0), RangeError);
    assert.throws(() => learnedStep(x, tf.scalar(-1)), RangeError);
    assert.throws(() => learnedStepActivation({ bits: 1 }), RangeError);
    assert.throws(() => learnedStepActivation({ initialStep: 0 }), { name: "RangeError", message: /initialStep to be above 0 but found 0/ });
    assert.throws(() => pactActivation({ initialBound: 0 }), RangeError);
  });
});

describe("layers that learn their format", () => {
  const x = tf.randomUniform([32, 3], -1, 1, "float32", 4);
  const y = tf.oneHot(tf.tensor1d(Array.from({ length: 32 }, (_, i) => i % 2), "int32"), 2).toFloat();
  const build = (): tf.Sequential =>
    tf.sequential({
      layers: [
        tf.layers.dense({ units: 6, inputShape: [3], kernelInitializer: tf.initializers.heNormal({ seed: 1 }) }),
        learnedStepActivation({ bits: 4, signed: true }),
        tf.layers.dense({ units: 6, kernelInitializer: tf.initializers.heNormal({ seed: 2 }) }),
        pactActivation({ bits: 4, initialBound: 1 }),
        tf.layers.dense({ units: 2, activation: "softmax", kernelInitializer: tf.initializers.heNormal({ seed: 3 }) }),
      ],
    });

  it("start from a step that is given, and keep it in their config", () => {
    const layer = learnedStepActivation({ bits: 3, signed: true, initialStep: 0.25, inputShape: [2] });
    const model = tf.sequential({ layers: [layer] });
    for (const each of [model, cloneModel(model)]) {
      assert.deepEqual([...(each.predict(tf.tensor2d([[0.3, 2]])) as tf.Tensor).dataSync()], [0.25, 0.75]);
    }
    assert.equal(layer.getConfig().initialStep, 0.25);
  });

  it("train, are saved, and compute as the formats that they have learned", async () => {
    const model = build();
    model.predict(x);
    const [step, bound] = [model.layers[1] as LearnedStepActivation, model.layers[3] as PactActivation];
    const before = [step, bound].map((layer) => layer.getWeights()[0].dataSync()[0]);
    assert.ok(before[0] > 0);
    model.compile({ optimizer: tf.train.sgd(0.1), loss: "categoricalCrossentropy" });
    await fit(model, x, y, { epochs: 3, batchSize: 8, verbose: 0, seed: 1 });
    [step, bound].forEach((layer, i) => assert.notEqual(layer.getWeights()[0].dataSync()[0], before[i]));
    const clone = cloneModel(model) as tf.Sequential;
    clone.setWeights(model.getWeights());
    assert.deepEqual([...(clone.predict(x) as tf.Tensor).dataSync()], [...(model.predict(x) as tf.Tensor).dataSync()]);
    const h = tf.randomUniform([4, 6], -3, 3, "float32", 5);
    for (const layer of [step, bound]) {
      const [found, want] = [(layer.apply(h) as tf.Tensor).dataSync(), layer.quantizer.apply(h).dataSync()];
      found.forEach((value, i) => close(value, want[i]));
    }
  });
});
