import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { createRandom } from "../../lib/data/random.js";
import { calibrate } from "../../lib/ptq/calibrate.js";
import { calibrationRange } from "../../lib/ptq/calibrationRange.js";
import type { CalibrationMethod } from "../../lib/ptq/calibrationRange.js";
import type { CalibrationRange } from "../../lib/ptq/range.js";
import { quantizedAffine } from "../../lib/quantizers/quantizedAffine.js";
import { drawChain, drawSamples, meanSquare } from "./drawChain.js";

const methods: CalibrationMethod[] = ["minMax", "percentile", "mse", "kl"];
const numbers = fc.array(fc.integer({ min: -4000, max: 4000 }).map((n) => n / 1000), { minLength: 1, maxLength: 60 });
const formats = { bits: fc.integer({ min: 2, max: 10 }), symmetric: fc.boolean() };

const quantized = (values: Float32Array, range: CalibrationRange, bits: number, symmetric = false): Float32Array =>
  quantizedAffine({ bits, symmetric, ...range }).quantize(values, [values.length]);
const errorOf = (values: Float32Array, range: CalibrationRange, bits: number, symmetric = false): number =>
  meanSquare(quantized(values, range, bits, symmetric), values);

/** Student's t with three degrees of freedom: most numbers are small, a few are very large. */
function heavyTailed(count: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => random.normal() / Math.sqrt((random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2) / 3));
}

/** KL(P || Q) of the histograms of the magnitudes, with bins finer than any step; a bin that Q leaves empty counts as a thousandth of a number. */
function divergence(values: Float32Array, others: Float32Array): number {
  const count = (numbers: Float32Array): Float64Array => {
    const bins = new Float64Array(128);
    for (const value of numbers) bins[Math.min(127, Math.floor(Math.abs(value) * 16))]++;
    return bins;
  };
  const [p, q] = [count(values), count(others)];
  return p.reduce((sum, n, bin) => (n === 0 ? sum : sum + (n / values.length) * Math.log(n / Math.max(q[bin], 1e-3))), 0);
}

describe("calibrationRange", () => {
  it("has values computed by hand", () => {
    const values = [-1, 0.5, 3];
    assert.deepEqual(calibrationRange(values), { min: -1, max: 3 });
    assert.deepEqual(calibrationRange(values, { symmetric: true }), { min: -3, max: 3 });
    const hundred = Float32Array.from({ length: 101 }, (_, i) => i);
    const { min, max } = calibrationRange(hundred, { method: "percentile", percentile: 97 });
    assert.ok(Math.abs(min - 3) < 1e-9 && Math.abs(max - 97) < 1e-9, "numpy.quantile(range(101), [.03, .97])");
    assert.ok(Math.abs(calibrationRange(hundred, { method: "percentile", percentile: 97.5 }).max - 97.5) < 1e-9, "in between by a straight line");
    assert.deepEqual(calibrationRange(hundred.map((n) => n - 50), { method: "percentile", percentile: 100, symmetric: true }), { min: -50, max: 50 });
  });

  it("lies within the numbers' own range for every method, and is symmetric when asked to be", () => {
    fc.assert(
      fc.property(numbers, fc.constantFrom(...methods), fc.record(formats), (values, method, { bits, symmetric }) => {
        const range = calibrationRange(values, { method, bits, symmetric });
        const float = Array.from(Float32Array.from(values));
        const whole = calibrationRange([0, ...float], { symmetric });
        assert.ok(range.min >= whole.min - 1e-6 && range.max <= whole.max + 1e-6 && range.min <= range.max);
        if (symmetric) assert.ok(Math.abs(range.min + range.max) < 1e-9);
      }),
    );
  });

  it("mse never has a larger quantization error than minMax, and nearly the least that any range has", () => {
    fc.assert(
      fc.property(numbers, fc.record(formats), (list, { bits, symmetric }) => {
        const values = Float32Array.from(list);
        const options = { bits, symmetric };
        const found = errorOf(values, calibrationRange(values, { method: "mse", ...options }), bits, symmetric);
        assert.ok(found <= errorOf(values, calibrationRange(values, options), bits, symmetric) * (1 + 1e-5) + 1e-12);
      }),
    );
    // Numbers by the thousand are looked at in bins: against all ranges one by one.
    const values = heavyTailed(6000, 3);
    const { min, max } = calibrationRange(values);
    const least = Math.min(...Array.from({ length: 400 }, (_, i) => errorOf(values, { min: (min * i) / 400, max: (max * i) / 400 }, 4)));
    assert.ok(errorOf(values, calibrationRange(values, { method: "mse", bits: 4 }), 4) <= least * 1.02);
  });

  it("mse and kl win on a heavy-tailed tensor: less error, and a distribution nearer to the true one", () => {
    for (const seed of [1, 2, 3]) {
      const values = heavyTailed(20000, seed);
      for (const bits of [4, 5]) {
        const [minMax, percentile, mse, kl] = methods.map((method) => calibrationRange(values, { method, bits, percentile: 99.9 }));
        const errors = [minMax, percentile, mse, kl].map((range) => errorOf(values, range, bits));
        assert.ok(errors[2] < errors[0] / 2, `mse ${errors[2]} against ${errors[0]}`);
        assert.ok(errors[2] <= errors[1] * 1.01);
        assert.ok(errors[3] < errors[0], `kl ${errors[3]} against ${errors[0]}`);
        const [ofMinMax, ofKl] = [minMax, kl].map((range) => divergence(values, quantized(values, range, bits)));
        assert.ok(ofKl < ofMinMax, `KL ${ofKl} against ${ofMinMax}`);
      }
    }
  });

  it("kl leaves few numbers beyond its range, and all where there are as many codes as bins", () => {
    const values = heavyTailed(20000, 4);
    const { min, max } = calibrationRange(values, { method: "kl", bits: 8 });
    assert.ok(Math.abs(min + max) < 1e-6);
    const beyond = values.filter((value) => value < min || value > max).length;
    assert.ok(beyond > 0 && beyond < values.length / 50, `${beyond} beyond`);
    assert.deepEqual(calibrationRange(values, { method: "kl", bits: 12 }), calibrationRange(values));
    assert.deepEqual(calibrationRange([0, 0], { method: "kl" }), { min: 0, max: 0 });
    const positive = calibrationRange(values.map(Math.abs), { method: "kl", bits: 4 });
    assert.equal(positive.min, 0);
    assert.deepEqual(calibrationRange([...values, 0, 0, 0], { method: "kl", bits: 4 }), calibrationRange(values, { method: "kl", bits: 4 }), "zeros do not matter");
  });

  it("refuses what has no meaning", () => {
    const refuse = (values: number[], options: Parameters<typeof calibrationRange>[1], message: RegExp): void =>
      assert.throws(() => calibrationRange(values, options), { name: "RangeError", message });
    refuse([], {}, /numbers to find a range for but found none/);
    refuse([1, NaN], {}, /finite numbers to find a range for but found NaN/);
    refuse([1], { bits: 17 }, /bits to be a whole number from 2 to 16 but found 17/);
    refuse([1], { percentile: 50 }, /percentile to be above 50 and at most 100 but found 50/);
    refuse([1], { method: "entropy" as "kl" }, /one of minMax, percentile, mse, kl but found entropy/);
  });
});

describe("calibrate", () => {
  it("finds the range of the input and of each activated output, of the last one before softmax", async () => {
    const model = drawChain({ sizes: [12, 9, 7, 4], seed: 1 });
    const x = drawSamples(50, 12);
    const tensors = tf.memory().numTensors;
    const calibration = await calibrate(model, x);
    assert.equal(tf.memory().numTensors, tensors);
    assert.deepEqual(calibration.input, calibrationRange(x.values));
    assert.deepEqual(Object.keys(calibration.layers), ["dense0", "dense1", "dense2"]);
    const [k0, b0, k1, b1, k2, b2] = model.getWeights() as tf.Tensor2D[];
    const hidden = tf.relu(tf.add(tf.matMul(tf.tensor2d(x.values, x.shape), k0), b0)) as tf.Tensor2D;
    const second = tf.relu(tf.add(tf.matMul(hidden, k1), b1)) as tf.Tensor2D;
    const logits = tf.add(tf.matMul(second, k2), b2);
    [hidden, second, logits].forEach((values, i) => {
      const { min, max } = calibrationRange(values.dataSync() as Float32Array);
      const found = calibration.layers[`dense${i}`];
      assert.ok(Math.abs(found.min - min) < 1e-5 && Math.abs(found.max - max) < 1e-5);
    });
    assert.ok(calibration.layers.dense2.min < 0, "logits, not probabilities");
  });

  it("takes activations that are layers, dropout, flatten and images", async () => {
    const dense = tf.layers.dense({ name: "fc", units: 5 });
    const layers = [tf.layers.flatten({ inputShape: [2, 3] }), dense, tf.layers.dropout({ rate: 0.5 }), tf.layers.reLU()];
    const model = tf.sequential({ layers: [...layers, tf.layers.dense({ name: "out", units: 2 }), tf.layers.softmax()] });
    const { values } = drawSamples(10, 6);
    const { layers: found } = await calibrate(model, tf.tensor3d(values, [10, 2, 3]), { method: "percentile" });
    assert.ok(found.fc.min >= 0 && found.fc.max > 0);
    assert.ok(found.out.min < 0);
  });

  it("refuses layers that it does not know, and samples of another shape", async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4] }), tf.layers.batchNormalization({ name: "normalize" })] });
    await assert.rejects(calibrate(model, drawSamples(3, 4)), { name: "TypeError", message: /but found normalize, a BatchNormalization/ });
    await assert.rejects(calibrate(drawChain({ sizes: [4, 2], seed: 1 }), drawSamples(3, 5)), TypeError);
    await assert.rejects(calibrate(drawChain({ sizes: [4, 2], seed: 1 }), drawSamples(0, 4)), RangeError);
  });
});
