import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { ready } from "../../lib/backend.js";
import { integerProgram } from "../../lib/integer/integerProgram.js";
import { prepareProgram } from "../../lib/integer/prepareProgram.js";
import { adaRound } from "../../lib/ptq/adaRound.js";
import { biasCorrection } from "../../lib/ptq/biasCorrection.js";
import { calibrate } from "../../lib/ptq/calibrate.js";
import { clusterWeights } from "../../lib/ptq/clusterWeights.js";
import { crossLayerEqualization } from "../../lib/ptq/crossLayerEqualization.js";
import { fullIntegerQuantize } from "../../lib/ptq/fullIntegerQuantize.js";
import { weightOnlyQuantize } from "../../lib/ptq/weightOnlyQuantize.js";
import { constantSparsity } from "../../lib/pruning/constantSparsity.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { drawChain, drawSamples } from "./drawChain.js";

const dense = (): tf.layers.Layer => tf.layers.dense({ units: 3, inputShape: [2], name: "hidden" });

describe("quantization after training", () => {
  before(() => ready());

  it("refuses numbers that are not finite, and says where they are", async () => {
    const model = tf.sequential({ layers: [dense()] });
    const x = { values: Float32Array.of(1, 2, 3, NaN), shape: [2, 2] as [number, number] };
    const wrong = { name: "RangeError", message: /finite numbers in x but found NaN in sample 1/ };
    await assert.rejects(calibrate(model, x), wrong);
    await assert.rejects(biasCorrection(weightOnlyQuantize(model), model, x), wrong);
    await assert.rejects(adaRound(model, x, { verbose: 0 }), wrong);
  });

  it("says what to call for a normalization, and for a model that is being pruned", () => {
    const normalized = tf.sequential({ layers: [dense(), tf.layers.batchNormalization({ name: "norm" })] });
    assert.throws(() => weightOnlyQuantize(normalized), { name: "TypeError", message: /norm, a BatchNormalization: call foldBatchNormalization first/ });
    const pruned = pruneLowMagnitude(tf.sequential({ layers: [dense()] }), { pruningSchedule: constantSparsity({ targetSparsity: 0.5, beginStep: 0 }) });
    assert.throws(() => weightOnlyQuantize(pruned), { name: "TypeError", message: /call stripPruning first/ });
  });

  it("asks for a calibration where it gets a promise of one", () => {
    const model = tf.sequential({ layers: [dense()] });
    const forgotten = calibrate(model, { values: Float32Array.of(1, 2), shape: [1, 2] }) as unknown as Awaited<ReturnType<typeof calibrate>>;
    assert.throws(() => fullIntegerQuantize(model, forgotten), { name: "TypeError", message: /await calibrate/ });
  });

  it("says what was found where a model or options should be", () => {
    const found = (call: () => unknown, message: RegExp): void => assert.throws(call, { name: "TypeError", message });
    found(() => weightOnlyQuantize(null as never), /^Expected a model but found null\.$/);
    found(() => weightOnlyQuantize(Promise.resolve() as never), /^Expected a model but found a Promise: await it\.$/);
    const model = tf.sequential({ layers: [dense()] });
    found(() => clusterWeights(model, undefined as never), /^Expected options, such as \{ numberOfClusters: 16 \}, but found undefined\.$/);
    assert.throws(() => clusterWeights(model, { numberOfClusters: null as never }), { name: "RangeError", message: /numberOfClusters .* but found null/ });
  });

  it("refuses models that are no quantized copy of each other", async () => {
    const model = drawChain({ sizes: [6, 4, 3], seed: 1 });
    const x = drawSamples(10, 6);
    const other = weightOnlyQuantize(drawChain({ sizes: [5, 4, 3], seed: 1 }));
    await assert.rejects(biasCorrection(other, model, x), { name: "TypeError", message: "Expected the quantized model to take 6 numbers but found 5." });
    await assert.rejects(biasCorrection(model, weightOnlyQuantize(model), x), { name: "TypeError", message: /found them the other way round/ });
    await assert.rejects(biasCorrection(undefined as never, model, x), { name: "TypeError", message: "Expected a model but found undefined." });
  });

  it("refuses weights that are not finite", () => {
    const model = drawChain({ sizes: [6, 4, 3], seed: 1 });
    const [kernel] = model.getLayer("dense1").getWeights();
    model.getLayer("dense1").setWeights([kernel, tf.tensor1d([0, NaN, 0])]);
    assert.throws(() => crossLayerEqualization(model), { name: "RangeError", message: "Expected finite weights of dense1 but found NaN." });
  });

  it("refuses a learning rate and a regularization that have no meaning", async () => {
    const model = drawChain({ sizes: [6, 4, 3], seed: 1 });
    const refuse = (options: object, message: RegExp): Promise<void> =>
      assert.rejects(adaRound(model, drawSamples(10, 6), { verbose: 0, ...options }), { name: "RangeError", message });
    for (const learningRate of [0, -1, NaN, Infinity]) await refuse({ learningRate }, /^Expected learningRate to be above 0 but found/);
    for (const regularization of [-0.1, NaN]) await refuse({ regularization }, /^Expected regularization to be 0 or above but found/);
  });

  it("refuses bits with which integers cannot compute, and leaves nothing in memory", async () => {
    const model = drawChain({ sizes: [20, 16, 5], seed: 1 });
    const calibration = await calibrate(model, drawSamples(50, 20));
    const tensors = tf.memory().numTensors;
    const message = "fullIntegerQuantize has no option perChanel: did you mean perChannel?";
    assert.throws(() => fullIntegerQuantize(model, calibration, { perChanel: true } as object), { name: "TypeError", message });
    assert.throws(() => fullIntegerQuantize(model, calibration, { bits: 16 }), {
      name: "RangeError", message: /^Expected a network that integers can compute with but found, with 16 bits of weights and 16 of activations: dense0: its sums can need \d+ bits, of at most 32/,
    });
    assert.equal(tf.memory().numTensors, tensors);
    prepareProgram(integerProgram(fullIntegerQuantize(model, calibration, { bits: 8, activationBits: 16 })));
  });
});
