import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import type { QDense } from "../../lib/layers/qDense.js";
import { adaRound } from "../../lib/ptq/adaRound.js";
import { biasCorrection } from "../../lib/ptq/biasCorrection.js";
import { calibrate } from "../../lib/ptq/calibrate.js";
import { crossLayerEqualization } from "../../lib/ptq/crossLayerEqualization.js";
import { fullIntegerQuantize } from "../../lib/ptq/fullIntegerQuantize.js";
import { weightOnlyQuantize } from "../../lib/ptq/weightOnlyQuantize.js";
import { drawChain, drawSamples, meanSquare, outputsOf, weightsOf } from "./drawChain.js";

const SIZES = [20, 16, 12, 5];
const x = drawSamples(200, SIZES[0]);

/** Mean of each output over samples. */
function means(outputs: Float32Array, columns: number): Float32Array {
  const sums = new Float32Array(columns);
  outputs.forEach((value, i) => (sums[i % columns] += (value * columns) / outputs.length));
  return sums;
}

/** The model up to and with a layer. */
const upTo = (model: tf.LayersModel, name: string): tf.LayersModel => tf.model({ inputs: model.inputs, outputs: model.getLayer(name).output as tf.SymbolicTensor });

describe("biasCorrection", () => {
  it("takes the mean error of every sum away, as far as it can be said in the bias' format", async () => {
    for (const hidden of ["relu", "linear"] as const) {
      const model = drawChain({ sizes: SIZES, seed: 1, ending: "linear", hidden });
      const calibration = await calibrate(model, x);
      const cases: [tf.LayersModel, number][] = [
        [weightOnlyQuantize(model, { bits: 3 }), 1e-4],
        [fullIntegerQuantize(model, calibration, { bits: 4, activationBits: 8 }), 0.05],
      ];
      for (const [quantized, most] of cases) {
        const tensors = tf.memory().numTensors;
        const corrected = await biasCorrection(quantized, model, x);
        assert.equal(tf.memory().numTensors, tensors + corrected.weights.length);
        const wanted = means(outputsOf(model, x), 5);
        const [before, after] = [quantized, corrected].map((each) => meanSquare(means(outputsOf(each, x), 5), wanted) ** 0.5);
        assert.ok(after < before / 3 && after < most, `${hidden}: ${after} against ${before}`);
      }
    }
  });

  it("lowers the mean error on samples that it has not seen", async () => {
    const model = drawChain({ sizes: SIZES, seed: 2, ending: "linear" });
    const quantized = weightOnlyQuantize(model, { bits: 3 });
    const corrected = await biasCorrection(quantized, model, x);
    const others = drawSamples(500, SIZES[0], 77);
    const wanted = means(outputsOf(model, others), 5);
    const [before, after] = [quantized, corrected].map((each) => meanSquare(means(outputsOf(each, others), 5), wanted));
    assert.ok(after < before / 2, `${after} against ${before}`);
  });

  it("refuses a model of other layers", async () => {
    const model = drawChain({ sizes: SIZES, seed: 1 });
    await assert.rejects(biasCorrection(drawChain({ sizes: [20, 5], seed: 1 }), model, x), {
      name: "TypeError",
      message: /the dense layers dense0 \(16\), dense1 \(12\), dense2 \(5\) but found dense0 \(5\)/,
    });
  });
});

describe("crossLayerEqualization", () => {
  it("leaves outputs as they are and brings the ranges of each unit together", () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom("relu" as const, "linear" as const), (seed, hidden) => {
        const model = drawChain({ sizes: [8, 6, 5, 3], seed, hidden, ending: "linear", draw: (normal) => normal() * 4 ** (normal() * 2) });
        const equalized = crossLayerEqualization(model);
        const samples = drawSamples(10, 8);
        const [before, after] = [model, equalized].map((each) => outputsOf(each, samples));
        const largest = Math.max(...before.map(Math.abs), 1);
        before.forEach((value, i) => assert.ok(Math.abs(value - after[i]) <= 1e-5 * largest, `${value} and ${after[i]}`));
        const [first, , second] = weightsOf(equalized);
        for (let unit = 0; unit < 6; unit++) {
          const into = Math.max(...first.filter((_, i) => i % 6 === unit).map(Math.abs));
          const from = Math.max(...second.subarray(unit * 5, unit * 5 + 5).map(Math.abs));
          assert.ok(Math.abs(into / from - 1) < 1e-3, `${into} and ${from}`);
        }
        model.dispose();
        equalized.dispose();
      }),
      { numRuns: 30 },
    );
  });

  it("wins on a badly scaled pair: equal float outputs, a far smaller error when kernels have one scale", () => {
    const model = drawChain({ sizes: SIZES, seed: 3, ending: "linear" });
    // Units of the first layer a thousand times apart, undone by the second.
    const [kernel, bias, next] = weightsOf(model);
    const factor = (unit: number): number => 10 ** ((unit % 4) - 1.5);
    const weights = model.getWeights();
    weights[0] = tf.tensor2d(kernel.map((value, i) => value * factor(i % 16)), [20, 16]);
    weights[1] = tf.tensor1d(bias.map((value, unit) => value * factor(unit)));
    weights[2] = tf.tensor2d(next.map((value, i) => value / factor(Math.floor(i / 12))), [16, 12]);
    model.setWeights(weights);
    const wanted = outputsOf(model, x);
    const equalized = crossLayerEqualization(model);
    outputsOf(equalized, x).forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) < 1e-5));
    const options = { bits: 8, perChannel: false };
    const [before, after] = [model, equalized].map((each) => meanSquare(outputsOf(weightOnlyQuantize(each, options), x), wanted));
    assert.ok(after < before / 50, `${after} against ${before}`);
  });

  it("leaves pairs with other activations between them, and dead units, alone", () => {
    const layers = [
      tf.layers.dense({ units: 4, inputShape: [3], activation: "tanh" }),
      tf.layers.dense({ units: 4, activation: "relu" }),
      tf.layers.dense({ units: 2 }),
    ];
    const model = tf.sequential({ layers });
    const weights = model.getWeights();
    weights[4] = tf.tensor2d([0, 0, 1, 2, 3, 4, 5, 6], [4, 2]);
    model.setWeights(weights);
    const [before, after] = [model, crossLayerEqualization(model)].map(weightsOf);
    assert.deepEqual(after[0], before[0]);
    assert.deepEqual(after[2].filter((_, i) => i % 4 === 0), before[2].filter((_, i) => i % 4 === 0));
    assert.notDeepEqual(after[2], before[2]);
    assert.ok(after.every((values) => values.every(Number.isFinite)));
    assert.throws(() => crossLayerEqualization(weightOnlyQuantize(model)), { name: "TypeError", message: /before it is quantized/ });
  });
});

describe("adaRound", () => {
  const model = drawChain({ sizes: SIZES, seed: 4, ending: "linear" });
  const options = { bits: 3, iterations: 300, verbose: 0 } as const;

  it("has a smaller error of outputs than nearest rounding at 3 bits, in the first layer and at the end, on other samples too", async () => {
    for (const perChannel of [true, false]) {
      const nearest = weightOnlyQuantize(model, { bits: 3, perChannel, method: "mse" });
      const tensors = tf.memory().numTensors;
      const rounded = await adaRound(model, x, { ...options, perChannel });
      assert.equal(tf.memory().numTensors, tensors + rounded.weights.length);
      for (const samples of [x, drawSamples(300, SIZES[0], 99)]) {
        for (const name of ["dense0", "dense2"]) {
          const wanted = outputsOf(upTo(model, name), samples);
          const [before, after] = [nearest, rounded].map((each) => meanSquare(outputsOf(upTo(each, name), samples), wanted));
          assert.ok(after < before * 0.8, `${name}: ${after} against ${before}`);
        }
      }
    }
  });

  it("rounds each weight to one of the two codes beside it, on the grid of nearest rounding", async () => {
    const rounded = await adaRound(model, x, options);
    const nearest = weightOnlyQuantize(model, { bits: 3, method: "mse" });
    let different = 0;
    for (const name of ["dense0", "dense1", "dense2"]) {
      const [layer, other] = [rounded.getLayer(name) as QDense, nearest.getLayer(name) as QDense];
      assert.deepEqual(layer.kernelQuantizer?.getConfig(), other.kernelQuantizer?.getConfig());
      const { scale } = layer.kernelQuantizer?.getConfig() as { scale: number[] };
      const float = model.getLayer(name).getWeights()[0].dataSync();
      const stored = layer.getWeights()[0].dataSync();
      const seen = tf.tidy(() => layer.quantizedWeights()[0].dataSync());
      const usual = tf.tidy(() => other.quantizedWeights()[0].dataSync());
      seen.forEach((value, i) => {
        const step = scale[i % scale.length];
        assert.equal(value, stored[i], "weights lie on the grid already");
        const clipped = Math.min(Math.max(float[i], -3 * step), 3 * step);
        assert.ok(Math.abs(value - clipped) <= step * (1 + 1e-5));
        if (value !== usual[i]) different++;
      });
    }
    assert.ok(different > 20, `${different} roundings differ from nearest`);
  });

  it("is determined by its seed, and its roundings stay in a full integer model", async () => {
    const short = { ...options, iterations: 20, seed: 3 };
    const [first, again] = [await adaRound(model, x, short), await adaRound(model, x, short)];
    assert.deepEqual(weightsOf(again), weightsOf(first));
    const whole = fullIntegerQuantize(first, await calibrate(model, x));
    for (const name of ["dense0", "dense1", "dense2"]) {
      const [kernel, kept] = [first, whole].map((each) => tf.tidy(() => (each.getLayer(name) as QDense).quantizedWeights()[0].dataSync()));
      assert.deepEqual(kept, kernel);
    }
  });

  it("refuses what has no meaning", async () => {
    await assert.rejects(adaRound(model, x, { bits: 1 }), { name: "RangeError", message: /bits to be a whole number from 2 to 16/ });
    await assert.rejects(adaRound(model, x, { iterations: 0 }), { name: "RangeError", message: /iterations/ });
    await assert.rejects(adaRound(model, drawSamples(3, 4)), TypeError);
  });
});
