import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { qDense } from "../../lib/layers/qDense.js";
import { getQuantizer } from "../../lib/quantizers/getQuantizer.js";
import { affineParameters, quantizedAffine } from "../../lib/quantizers/quantizedAffine.js";
import { roundHalfAwayFromZero } from "../../lib/quantizers/roundHalfAwayFromZero.js";

const format = { bits: fc.integer({ min: 2, max: 12 }), signed: fc.boolean(), symmetric: fc.boolean() };
const numbers = fc.integer({ min: -5000, max: 5000 }).map((n) => n / 1000);
const ranges = fc.tuple(numbers, numbers).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
const fixed = fc.record({ ...format, range: ranges }).map(({ range, ...options }) => ({ options: { ...options, ...range } }));
const matrices = fc
  .integer({ min: 1, max: 8 })
  .chain((rows) => fc.array(numbers, { minLength: 3 * rows, maxLength: 3 * rows }))
  .map((x) => ({ x: Float32Array.from(x), shape: [x.length / 3, 3] }));

describe("affine quantization", () => {
  it("has values computed by hand", () => {
    // 4 / 255; 0 lies 63.75 steps above -1, rounded to 64: code -128 + 64.
    assert.deepEqual(affineParameters(-1, 3), { scale: Math.fround(4 / 255), zeroPoint: -64, lowest: -128, highest: 127 });
    assert.deepEqual(affineParameters(1, 3, { signed: false }), { scale: Math.fround(3 / 255), zeroPoint: 0, lowest: 0, highest: 255 });
    assert.deepEqual(affineParameters(-2, 1, { symmetric: true }), { scale: Math.fround(2 / 127), zeroPoint: 0, lowest: -127, highest: 127 });
    assert.deepEqual(affineParameters(-3, -1), { scale: Math.fround(3 / 255), zeroPoint: 127, lowest: -128, highest: 127 });
    assert.deepEqual(affineParameters(0, 0).scale, 1);
    // Steps of 1/2 with 0 at code 3: halves go away from zero.
    const quantizer = quantizedAffine({ bits: 4, signed: false, scale: 0.5, zeroPoint: 3 });
    const x = Float32Array.of(-9, -1.5, -0.75, -0.25, 0, 0.25, 0.3, 0.75, 6, 9);
    assert.deepEqual([...quantizer.codes(x, [10])], [0, 0, 1, 2, 3, 4, 4, 5, 15, 15]);
    assert.deepEqual([...quantizer.quantize(x, [10])], [-1.5, -1.5, -1, -0.5, 0, 0.5, 0.5, 1, 6, 6]);
    assert.deepEqual([...quantizer.slope(x)], [0, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
    assert.deepEqual([...tf.grad((t) => quantizer.apply(t).sum())(tf.tensor1d(x)).dataSync()], [...quantizer.slope(x)]);
  });

  it("keeps 0, the order, and all else within its range up to half a step", () => {
    fc.assert(
      fc.property(fixed, fc.array(numbers, { minLength: 1, maxLength: 20 }), ({ options }, values) => {
        const quantizer = quantizedAffine(options);
        const x = Float32Array.from([0, ...values].sort((a, b) => a - b));
        const q = quantizer.quantize(x, [x.length]);
        const { scale, zeroPoint, lowest, highest } = affineParameters(options.min, options.max, options);
        const slope = quantizer.slope(x);
        assert.equal(q[x.indexOf(0)], 0);
        assert.ok(!q.some((value) => Object.is(value, -0)));
        q.forEach((value, i) => {
          assert.ok(i === 0 || q[i - 1] <= value);
          const inside = x[i] >= Math.fround(scale * (lowest - zeroPoint)) && x[i] <= Math.fround(scale * (highest - zeroPoint));
          assert.equal(slope[i], Number(inside));
          if (inside) assert.ok(Math.abs(value - x[i]) <= (scale / 2) * (1 + 1e-4));
        });
        // The ends of the range move by at most half a step.
        const ends = [Math.min(options.min, 0), Math.max(options.max, 0)];
        quantizer.quantize(Float32Array.from(ends), [2]).forEach((value, i) => assert.ok(Math.abs(value - ends[i]) <= scale * (0.5 + 1e-3)));
      }),
    );
  });

  it("finds the range of each channel, and is its codes times their step", () => {
    fc.assert(
      fc.property(fc.record({ ...format, axis: fc.constantFrom(null, 0, 1) }), matrices, (options, { x, shape }) => {
        const quantizer = quantizedAffine(options);
        const q = quantizer.quantize(x, shape);
        const { codes, step, stepShape, bits, signed } = quantizer.encode(x, shape);
        const channel = (i: number): number => (options.axis === null ? 0 : options.axis === 1 ? i % 3 : Math.floor(i / 3));
        assert.equal(step.length, stepShape.reduce((a, b) => a * b, 1));
        const stored = quantizer.codes(x, shape);
        q.forEach((value, i) => {
          assert.equal(value, Math.fround(codes[i] * step[channel(i)]));
          assert.equal(stored[i] - quantizer.zeroPoint[channel(i)], codes[i]);
          const group = x.filter((_, j) => channel(j) === channel(i));
          assert.equal(step[channel(i)], affineParameters(Math.min(...group), Math.max(...group), options).scale);
        });
        const low = signed ? -(2 ** (bits - 1)) : 0;
        assert.ok(codes.every((code) => code >= low && code < low + 2 ** bits));
        if (options.symmetric && options.signed) assert.equal(bits, options.bits);
      }),
    );
  });

  it("has biases of 32 bits, a scale for each and one zero point for all", () => {
    const quantizer = quantizedAffine({ bits: 32, axis: 0, scale: [0.001, 2 ** -20, 0.5], zeroPoint: 0 });
    const bias = Float32Array.of(1.2344, -3, -1e12);
    const { codes, step, stepShape, bits, signed } = quantizer.encode(bias, [3]);
    assert.deepEqual([...codes], [1234, -3 * 2 ** 20, -(2 ** 31)]);
    assert.deepEqual([[...step], stepShape, bits, signed], [[Math.fround(0.001), 2 ** -20, 0.5], [3], 32, true]);
    assert.deepEqual([...quantizer.quantize(bias, [3])], [1234 * Math.fround(0.001), -3, -(2 ** 30)].map(Math.fround));
    const again = getQuantizer(String(quantizer));
    assert.deepEqual(again.getConfig(), quantizer.getConfig());
    assert.throws(() => quantizedAffine({ bits: 32, scale: 1, zeroPoint: 5 }).encode(bias, [3]), { name: "RangeError", message: /at most 32 bits/ });
  });

  it("rounds halves, and nothing below, away from zero", () => {
    const below = 0.5 - 2 ** -54; // plus 1/2 is 1 in double precision
    assert.deepEqual([below, -below, 0.5, -0.5, 2.5, -2.5, 2 ** 53, Infinity].map((x) => roundHalfAwayFromZero(x) + 0), [0, 0, 1, -1, 3, -3, 2 ** 53, Infinity]);
    assert.ok(Number.isNaN(roundHalfAwayFromZero(NaN)));
  });

  it("is said in full by its config and its string", () => {
    const parameters = fc.oneof(
      fc.constant({}),
      fc.constant({ min: -1, max: 2.5 }),
      fc.constant({ axis: 1, min: [-1, -2, 0], max: [0, 2.5, 1] }),
      fc.constant({ scale: 0.25, zeroPoint: 0, signed: true }),
    );
    fc.assert(
      fc.property(fc.record({ ...format, bits: fc.integer({ min: 3, max: 16 }) }), parameters, matrices, (options, more, { x, shape }) => {
        const quantizer = quantizedAffine({ ...options, signed: true, ...more });
        for (const again of [getQuantizer(String(quantizer)), getQuantizer({ className: "quantizedAffine", config: quantizer.getConfig() })]) {
          assert.deepEqual(again.getConfig(), quantizer.getConfig());
          assert.deepEqual(again.quantize(x, shape), quantizer.quantize(x, shape));
        }
      }),
    );
    assert.equal(String(quantizedAffine({ axis: 1, min: [-1, 0], max: [1, 2] })), "quantized_affine(8,axis=1,min=[-1 0],max=[1 2])");
  });

  it("has a gradient for each channel, in a layer too", () => {
    const quantizer = quantizedAffine({ axis: 1, min: [-1, -2], max: [1, 2], symmetric: true });
    const x = tf.tensor2d([1.5, 1.5, -1.5, -3], [2, 2]);
    assert.deepEqual([...tf.grad((t) => quantizer.apply(t).sum())(x).dataSync()], [0, 1, 0, 0]);
    const layer = qDense({ units: 2, inputShape: [3], kernelQuantizer: "quantized_affine(8,symmetric=True,axis=1)" });
    const model = tf.sequential({ layers: [layer] });
    const weights = tf.tensor2d([5, 0.1, -2, 0.2, 1, 0], [3, 2]);
    layer.setWeights([weights, tf.zeros([2])]);
    layer.clipWeights();
    const y = (model.predict(tf.eye(3)) as tf.Tensor).dataSync();
    assert.deepEqual([...layer.getWeights()[0].dataSync()], [...weights.dataSync()], "the range follows the weights, so nothing is clipped");
    y.forEach((value, i) => assert.ok(Math.abs(value - weights.dataSync()[i]) <= (i % 2 === 0 ? 5 : 0.2) / 254 + 1e-6));
  });

  it("refuses what has no meaning", () => {
    const refuse = (options: Parameters<typeof quantizedAffine>[0], message: RegExp): void =>
      assert.throws(() => quantizedAffine(options), { name: "RangeError", message });
    refuse({ bits: 1 }, /bits to be a whole number from 2 to 32 but found 1/);
    refuse({ bits: 32, signed: false }, /bits to be a whole number from 2 to 31 but found 32/);
    refuse({ axis: -1 }, /axis to be null or a whole number from 0 but found -1/);
    refuse({ min: 1, max: 0 }, /min at most max, but found 1 and 0/);
    refuse({ min: 1 }, /as many min as max but found 1 and 0/);
    refuse({ min: 0, max: 1, scale: 1, zeroPoint: 0 }, /either min and max or scale and zero_point/);
    refuse({ min: [0, 0], max: [1, 1] }, /expected an axis for 2 channels/);
    refuse({ scale: 0, zeroPoint: 0 }, /scale to be above 0 but found 0/);
    refuse({ scale: 1, zeroPoint: 128 }, /zero_point to be a whole number from -128 to 127 but found 128/);
    refuse({ scale: 1, zeroPoint: 1, symmetric: true }, /zero_point to be 0 but found 1/);
    const channels = quantizedAffine({ axis: 1, min: [0, 0], max: [1, 1] });
    assert.throws(() => channels.quantize(new Float32Array(3), [1, 3]), { name: "RangeError", message: /2 channels on axis 1 of the shape \[1,3\] but found 3/ });
    assert.throws(() => channels.slope(new Float32Array(2)), TypeError);
    assert.ok(Number.isNaN(quantizedAffine().quantize(Float32Array.of(1, NaN), [2])[1]));
  });
});
