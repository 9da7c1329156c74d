import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../../lib/data/matrix.js";
import { createRandom } from "../../lib/data/random.js";
import { adam } from "../../lib/training/adam.js";
import { evaluate } from "../../lib/training/evaluate.js";
import { fit } from "../../lib/training/fit.js";
import { predict, predictedLabels } from "../../lib/training/predict.js";

const random = createRandom(3);
const labels = Array.from({ length: 90 }, () => random.integer(3));
const x: Matrix = { values: Float32Array.from(labels.flatMap((label) => [random.normal(label, 0.3), random.normal(-label, 0.3)])), shape: [90, 2] };
const y: Matrix = { values: Float32Array.from(labels.flatMap((label) => [0, 1, 2].map((k) => Number(k === label)))), shape: [90, 3] };

function build(dropout = 0): tf.LayersModel {
  const layers: tf.layers.Layer[] = [
    tf.layers.dense({ units: 8, inputShape: [2], activation: "relu", kernelInitializer: tf.initializers.heNormal({ seed: 4 }) }),
    ...(dropout > 0 ? [tf.layers.dropout({ rate: dropout })] : []),
    tf.layers.dense({ units: 3, activation: "softmax", kernelInitializer: tf.initializers.glorotNormal({ seed: 5 }) }),
  ];
  const model = tf.sequential({ layers });
  model.compile({ optimizer: adam(0.03), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return model;
}

describe("fit", () => {
  it("learns, and gives loss and accuracy of training and validation by epoch", async () => {
    const model = build();
    const { epoch, history } = await fit(model, x, y, { epochs: 20, batchSize: 15, validationSplit: 0.2, verbose: 0 });
    assert.equal(epoch.length, 20);
    assert.deepEqual(Object.keys(history).sort(), ["accuracy", "loss", "val_accuracy", "val_loss"]);
    assert.ok(history.loss[19] < history.loss[0] / 2);
    assert.ok(history.val_accuracy[19] > 0.9);
  });

  it("is the same run again with the same seed, dropout included, and another one with another", async () => {
    const run = async (seed: number): Promise<number[]> =>
      (await fit(build(0.3), x, y, { epochs: 3, batchSize: 16, seed, verbose: 0 })).history.loss;
    assert.deepEqual(await run(1), await run(1));
    assert.notDeepEqual(await run(1), await run(2));
  });

  it("draws a new dropout mask at each step", async () => {
    const model = build(0.5);
    model.compile({ optimizer: tf.train.sgd(0), loss: "categoricalCrossentropy" });
    const losses: number[] = [];
    await fit(model, x, y, { epochs: 3, batchSize: 90, shuffle: false, verbose: 0, callbacks: { onBatchEnd: (_, logs) => void losses.push(logs.loss) } });
    assert.equal(new Set(losses).size, 3);
  });

  it("moves weights as tfjs's own fit does", async () => {
    const ours = build();
    const theirs = build();
    for (const model of [ours, theirs]) model.compile({ optimizer: tf.train.sgd(0.1), loss: "categoricalCrossentropy" });
    await fit(ours, x, y, { epochs: 3, batchSize: 30, shuffle: false, verbose: 0 });
    await theirs.fit(tf.tensor2d(x.values, x.shape), tf.tensor2d(y.values, y.shape), { epochs: 3, batchSize: 30, shuffle: false, verbose: 0 });
    ours.getWeights().forEach((weight, i) => {
      const other = theirs.getWeights()[i].dataSync();
      weight.dataSync().forEach((value, j) => assert.ok(Math.abs(value - other[j]) < 1e-5));
    });
  });

  it("stops before the next step when its signal is aborted, and leaves a model that works", async () => {
    const model = build();
    const stop = new AbortController();
    let steps = 0;
    const onBatchEnd = (step: number): void => {
      steps = step;
      if (step === 4) stop.abort(new Error("enough"));
    };
    await assert.rejects(fit(model, x, y, { epochs: 9, batchSize: 10, verbose: 0, signal: stop.signal, callbacks: { onBatchEnd } }), /enough/);
    assert.equal(steps, 4);
    assert.ok(Number.isFinite((await evaluate(model, x, y)).loss));
  });

  it("says what is wrong with its arguments", async () => {
    const model = build();
    const short: Matrix = { values: y.values.subarray(0, 30), shape: [10, 3] };
    await assert.rejects(fit(model, x, short), /as many targets as samples in x and y but found 10 for 90/);
    await assert.rejects(fit(model, x, y, { epochs: 0 }), /epochs to be a whole number above 0 but found 0/);
    await assert.rejects(fit(model, x, y, { validationSplit: 1 }), /validationSplit to lie in \[0, 1\) but found 1/);
    const fresh = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    await assert.rejects(fit(fresh, x, y), /call model.compile/);
  });
});

describe("evaluate and predict", () => {
  it("agree with each other and with tfjs, whatever the batch size", async () => {
    const model = build();
    const outputs = await predict(model, x, { batchSize: 7 });
    const theirs = (model.predict(tf.tensor2d(x.values, x.shape)) as tf.Tensor).dataSync();
    outputs.values.forEach((value, i) => assert.ok(Math.abs(value - theirs[i]) < 1e-6));
    const correct = predictedLabels(outputs).filter((label, i) => label === labels[i]).length;
    const { accuracy, loss } = await evaluate(model, x, y, { batchSize: 11 });
    assert.equal(accuracy, correct / 90);
    const [theirLoss] = model.evaluate(tf.tensor2d(x.values, x.shape), tf.tensor2d(y.values, y.shape)) as tf.Scalar[];
    assert.ok(Math.abs(loss - theirLoss.dataSync()[0]) < 1e-5);
  });
});
