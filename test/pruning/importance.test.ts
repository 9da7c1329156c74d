import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { ready } from "../../lib/backend.js";
import type { Matrix } from "../../lib/data/matrix.js";
import { createRandom } from "../../lib/data/random.js";
import { qDense } from "../../lib/layers/qDense.js";
import { activationStatistics } from "../../lib/measure/activationStatistics.js";
import { apoz } from "../../lib/pruning/importance/apoz.js";
import { l1Norm } from "../../lib/pruning/importance/l1Norm.js";
import { l2Norm } from "../../lib/pruning/importance/l2Norm.js";
import { meanActivation } from "../../lib/pruning/importance/meanActivation.js";
import { randomImportance } from "../../lib/pruning/importance/randomImportance.js";
import { taylor } from "../../lib/measure/taylor.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { buildChain, convolutionalChains, denseChains, drawWeights, unitsOf, withUnits } from "./chains.js";

before(ready);

const close = (found: ArrayLike<number>, expected: number[], tolerance = 1e-5): void => {
  assert.equal(found.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(found[i] - value) <= tolerance * (1 + Math.abs(value)), `number ${i} is ${found[i]}, not ${value}`);
  });
};

function draw(rows: number, columns: number, seed: number): Matrix {
  const random = createRandom(seed);
  return { values: Float32Array.from({ length: rows * columns }, () => random.normal()), shape: [rows, columns] };
}

describe("l1Norm and l2Norm", () => {
  it("are the norms of what goes into each unit, of all layers but the last", () => {
    fc.assert(
      fc.property(fc.oneof(denseChains, convolutionalChains), (chain) => {
        const model = buildChain(chain);
        const [l1, l2] = [l1Norm(model), l2Norm(model)];
        const hidden = withUnits(model).slice(0, -1);
        assert.deepEqual(Object.keys(l1), hidden.map(({ name }) => name));
        for (const layer of hidden) {
          const kernel = tf.reshape(layer.weights[0].read(), [-1, unitsOf(layer)]);
          close(l1[layer.name], [...tf.sum(tf.abs(kernel), 0).dataSync()]);
          close(l2[layer.name], [...tf.sqrt(tf.sum(tf.square(kernel), 0)).dataSync()]);
        }
        model.dispose();
      }),
      { numRuns: 20 },
    );
  });

  it("look into layers that are being pruned, under the plain layers' names", () => {
    const layers = [tf.layers.dense({ units: 2, inputShape: [2], name: "hidden" }), tf.layers.dense({ units: 1 })];
    const model = tf.sequential({ layers });
    model.setWeights([tf.tensor2d([1, -3, 2, 4], [2, 2]), tf.tensor1d([100, 100]), tf.ones([2, 1]), tf.zeros([1])]);
    assert.deepEqual(l1Norm(pruneLowMagnitude(model)), { hidden: Float32Array.of(3, 7) });
    assert.deepEqual(l2Norm(model), { hidden: Float32Array.of(Math.sqrt(5), 5) });
  });

  it("are not defined for models that branch", () => {
    const input = tf.input({ shape: [2] });
    const a = tf.layers.dense({ units: 2 }).apply(input) as tf.SymbolicTensor;
    const sum = tf.layers.add({ name: "sum" }).apply([a, input]) as tf.SymbolicTensor;
    assert.throws(() => l1Norm(tf.model({ inputs: input, outputs: sum })), { name: "TypeError", message: /found sum/ });
  });
});

describe("randomImportance", () => {
  it("depends on the seed alone and scores each unit", () => {
    const model = buildChain({ ...fc.sample(denseChains, { numRuns: 1, seed: 2 })[0], seed: 1 });
    assert.deepEqual(randomImportance(model, 1), randomImportance(model, 1));
    assert.notDeepEqual(randomImportance(model, 1), randomImportance(model, 2));
    const lengths = Object.values(randomImportance(model, 1)).map(({ length }) => length);
    assert.deepEqual(lengths, withUnits(model).slice(0, -1).map(unitsOf));
  });
});

describe("meanActivation and apoz", () => {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 3, inputShape: [1], activation: "relu", name: "hidden" }),
      tf.layers.dense({ units: 2, activation: "tanh", name: "deep" }),
      tf.layers.dense({ units: 1 }),
    ],
  });
  model.setWeights([
    tf.tensor2d([1, -1, 0], [1, 3]), tf.tensor1d([0, 0, 0.5]),
    tf.zeros([3, 2]), tf.tensor1d([-1, 1]),
    tf.ones([2, 1]), tf.zeros([1]),
  ]);
  const x = { values: Float32Array.of(1, 2, 3, -2), shape: [4, 1] as [number, number] };

  it("are the mean magnitude of the output and the share of outputs that are not zero", async () => {
    const statistics = await activationStatistics(model, x);
    const [mean, nonZero] = [meanActivation(model, statistics), apoz(model, statistics)];
    assert.deepEqual(Object.keys(mean), ["hidden", "deep"]);
    close(mean.hidden, [6 / 4, 2 / 4, 0.5]);
    close(mean.deep, [Math.tanh(1), Math.tanh(1)]);
    assert.deepEqual(nonZero, { hidden: Float32Array.of(0.75, 0.25, 1), deep: Float32Array.of(1, 1) });
  });

  it("refuse the statistics of another model", () => {
    const message = "Expected 3 numbers in apoz of hidden but found 2.";
    assert.throws(() => apoz(model, { apoz: { hidden: [0, 1], deep: [0, 0] } }), { name: "TypeError", message });
    const missing = { name: "TypeError", message: /meanMagnitudes of hidden but found none/ };
    assert.throws(() => meanActivation(model, { meanMagnitudes: {} }), missing);
  });
});

/** Losses of the samples, a number each. */
type Losses = (y: tf.Tensor, outputs: tf.Tensor) => tf.Tensor;

describe("taylor", () => {
  const squares: Losses = (y, outputs) => tf.sum(tf.squaredDifference(y, outputs), 1);
  const denseModel = (): tf.Sequential => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 5, inputShape: [4], activation: "tanh", name: "hidden" }),
        tf.layers.dense({ units: 3, name: "deep" }),
        tf.layers.batchNormalization(),
        tf.layers.activation({ activation: "sigmoid" }),
        tf.layers.dropout({ rate: 0.5 }),
        tf.layers.dense({ units: 2, name: "outputs" }),
      ],
    });
    drawWeights(model, 11);
    return model;
  };
  const [x, y] = [draw(6, 4, 1), draw(6, 2, 2)];

  it("is the slope of each sample's loss as the unit's outgoing weights are scaled, found by differences", async () => {
    const model = denseModel();
    model.compile({ optimizer: "sgd", loss: squares as never });
    const scores = await taylor(model, x, y);
    const [inputs, targets] = [tf.tensor2d(x.values, x.shape), tf.tensor2d(y.values, y.shape)];
    const hidden = withUnits(model);
    hidden.slice(0, -1).forEach((layer, i) => {
      const next = hidden[i + 1].weights[0].read() as tf.Variable;
      const original = next.clone();
      const expected = Array.from({ length: unitsOf(layer) }, (_, unit) => {
        const lossesAt = (gate: number): number[] =>
          tf.tidy(() => {
            const gates = Array.from({ length: unitsOf(layer) }, (_, row) => (row === unit ? gate : 1));
            next.assign(tf.mul(original, tf.tensor2d(gates, [gates.length, 1])));
            return [...squares(targets, model.predict(inputs) as tf.Tensor).dataSync()];
          });
        const [high, low] = [lossesAt(1.02), lossesAt(0.98)];
        return high.reduce((sum, loss, sample) => sum + Math.abs((loss - low[sample]) / 0.04), 0) / 6;
      });
      next.assign(original);
      close(scores[layer.name], expected, 1e-3);
    });
  });

  it("is Σ activation · gradient over a filter's positions, mean of the samples' magnitudes", async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [6, 6, 1], name: "first" }),
        tf.layers.batchNormalization(),
        tf.layers.reLU(),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.conv2d({ filters: 2, kernelSize: 2, activation: "sigmoid", padding: "same", name: "second" }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 3, activation: "softmax" }),
      ],
    });
    drawWeights(model, 5);
    model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
    const images = tf.randomNormal([5, 6, 6, 1], 0, 1, "float32", 3);
    const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 1, 0], "int32"), 3).toFloat();
    const { numTensors } = tf.memory();
    const scores = await taylor(model, images, labels, { batchSize: 2 });
    assert.equal(tf.memory().numTensors, numTensors);
    // The layers' own gradients need one of the kernel, which WebAssembly has no operation for.
    const backend = tf.getBackend();
    await tf.setBackend("cpu");
    for (const [name, end] of [["first", 3], ["second", 5]] as const) {
      const run = (from: number, to: number, input: tf.Tensor): tf.Tensor =>
        model.layers.slice(from, to).reduce((h, layer) => layer.apply(h) as tf.Tensor, input);
      const activation = run(0, end, images);
      const crossEntropy = (a: tf.Tensor): tf.Tensor => tf.neg(tf.sum(tf.mul(labels, tf.log(run(end, 7, a)))));
      const gradient = tf.grad(crossEntropy)(activation);
      const bySample = tf.abs(tf.sum(tf.mul(activation, gradient), [1, 2]));
      close(scores[name], [...tf.mean(bySample, 0).dataSync()]);
    }
    await tf.setBackend(backend);
  });

  it("does not depend on how samples are put into batches, nor on whether the loss is a mean or a number a sample", async () => {
    const model = denseModel();
    model.compile({ optimizer: "sgd", loss: squares as never });
    const scores = await taylor(model, x, y, { batchSize: 6 });
    for (const batchSize of [1, 4]) {
      const other = await taylor(model, x, y, { batchSize });
      for (const name of ["hidden", "deep"]) close(other[name], [...scores[name]]);
    }
    model.compile({ optimizer: "sgd", loss: ((a: tf.Tensor, b: tf.Tensor) => tf.mean(squares(a, b))) as never });
    const mean = await taylor(model, x, y);
    for (const name of ["hidden", "deep"]) close(mean[name], [...scores[name]]);
  });

  it("reaches quantized layers, being pruned or not, and changes nothing", async () => {
    const quantizers = { kernelQuantizer: "quantized_bits(6,1,alpha=1)", biasQuantizer: "quantized_bits(6,1,alpha=1)" };
    const model = tf.sequential({
      layers: [
        qDense({ units: 5, inputShape: [4], activation: "quantized_relu(6,2)", name: "hidden", ...quantizers }),
        qDense({ units: 2, name: "outputs", ...quantizers }),
      ],
    });
    drawWeights(model, 8);
    const pruned = pruneLowMagnitude(model);
    for (const one of [model, pruned]) one.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const before = pruned.getWeights().map((weight) => [...weight.dataSync()]);
    const scores = await taylor(model, x, y);
    assert.ok(scores.hidden.some((score) => score > 0));
    assert.deepEqual(await taylor(pruned, x, y), scores);
    assert.deepEqual(pruned.getWeights().map((weight) => [...weight.dataSync()]), before);
    const tensors = tf.memory().numTensors;
    await taylor(pruned, x, y, { batchSize: 2 });
    assert.equal(tf.memory().numTensors, tensors);
  });

  it("refuses what it cannot score", async () => {
    const model = denseModel();
    await assert.rejects(taylor(model, x, y), { name: "TypeError", message: /not compiled/ });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    await assert.rejects(taylor(model, draw(6, 3, 1), y), { name: "TypeError", message: /shape \[4\] for .* but found \[3\]/ });
    await assert.rejects(taylor(model, x, draw(5, 2, 1)), { name: "TypeError", message: /as many targets as samples/ });
    await assert.rejects(taylor(model, draw(0, 4, 1), draw(0, 2, 1)), { name: "RangeError", message: /found none/ });
    await assert.rejects(taylor(model, x, y, { batchSize: 0 }), { name: "RangeError", message: /batchSize/ });
  });

  it("has no scores for a model of one layer", async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [4] })] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    assert.deepEqual(await taylor(model, x, y), {});
  });
});
