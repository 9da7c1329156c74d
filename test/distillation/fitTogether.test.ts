import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../../lib/data/matrix.js";
import { distillationLoss, distillationTargets } from "../../lib/distillation/distillationLoss.js";
import { fitTogether } from "../../lib/distillation/fitTogether.js";
import { predictLogits } from "../../lib/distillation/predictLogits.js";
import { fit } from "../../lib/training/fit.js";
import { apart, network, x, y } from "./examples.js";

const options = { epochs: 3, batchSize: 16, seed: 4, verbose: 0 as const };
const metrics = ["accuracy"];
const rows = ({ values, shape: [, columns] }: Matrix, from: number, to: number): Matrix => ({ values: values.slice(from * columns, to * columns), shape: [to - from, columns] });

function listener(seed: number, ending = "softmax"): tf.LayersModel {
  const model = network([5], seed, { ending });
  model.compile({ optimizer: tf.train.sgd(0.2), loss: distillationLoss({ temperature: 2, alpha: 0.5 }), metrics });
  return model;
}

describe("fitTogether", () => {
  it("lets each model learn in turn from what the others say at that moment", async () => {
    const [a, b] = [listener(1), listener(2, "linear")];
    await fitTogether([a, b], x, y, { ...options, epochs: 1, shuffle: false });
    // By hand: a step of one, then of the other that hears the first as it is now.
    const [c, d] = [listener(1), listener(2)];
    for (let start = 0; start < x.shape[0]; start += 16) {
      const [bx, by] = [rows(x, start, Math.min(start + 16, x.shape[0])), rows(y, start, Math.min(start + 16, x.shape[0]))];
      for (const [one, other] of [[c, d], [d, c]]) await fit(one, bx, distillationTargets(by, await predictLogits(other, bx)), { batchSize: 16, shuffle: false, verbose: 0 });
    }
    assert.ok(apart(a, c) < 1e-6);
    assert.ok(apart(b, d) < 1e-6);
  });

  it("trains a model that learns from labels alone as fit does, beside its student", async () => {
    const build = (): tf.LayersModel => {
      const teacher = network([8], 3);
      teacher.compile({ optimizer: tf.train.sgd(0.2), loss: "categoricalCrossentropy", metrics });
      return teacher;
    };
    const [teacher, alone, student] = [build(), build(), listener(1)];
    const before = network([5], 1);
    const [history, studentHistory] = await fitTogether([teacher, student], x, y, { ...options, validationData: [x, y] });
    const wanted = await fit(alone, x, y, { ...options, validationData: [x, y] });
    assert.ok(apart(teacher, alone) < 1e-5);
    assert.ok(apart(student, before) > 0.05);
    assert.deepEqual(history.epoch, [0, 1, 2]);
    assert.deepEqual(history.history.accuracy, wanted.history.accuracy);
    assert.deepEqual(history.history.val_accuracy, wanted.history.val_accuracy);
    history.history.loss.forEach((loss, i) => assert.ok(Math.abs(loss - wanted.history.loss[i]) < 1e-5));
    assert.deepEqual(Object.keys(studentHistory.history).sort(), ["accuracy", "loss", "val_accuracy", "val_loss"]);
    assert.ok(studentHistory.history.val_loss[2] < studentHistory.history.val_loss[0]);
  });

  it("does the same through TensorFlow.js, of three models too", async () => {
    const models: tf.LayersModel[][] = [];
    for (const engine of ["wasm", "tfjs"] as const) {
      const three = [listener(1), listener(2), listener(3, "linear")];
      const [first] = await fitTogether(three, x, y, { ...options, epochs: 2, engine });
      assert.equal(first.engine, engine);
      models.push(three);
    }
    models[0].forEach((model, i) => assert.ok(apart(model, models[1][i]) < 1e-4));
  });

  it("leaves the targets it was given as they were, and stops when told", async () => {
    const before = y.values.slice();
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    await assert.rejects(fitTogether([listener(1), listener(2)], x, y, { ...options, signal: controller.signal }), { message: "enough" });
    await fitTogether([listener(1), listener(2)], x, y, options);
    assert.deepEqual(y.values, before);
  });

  it("says what is wrong", async () => {
    await assert.rejects(fitTogether([listener(1)], x, y), { name: "TypeError", message: /two models or more/ });
    await assert.rejects(fitTogether([listener(1), listener(2)], x, x), { name: "TypeError", message: "Expected y to have 3 numbers a sample but found 6." });
    const labels = { values: new Float32Array(x.shape[0]), shape: [x.shape[0], 1] as [number, number] };
    await assert.rejects(fitTogether([listener(1), listener(2)], x, y, { validationData: [x, labels], verbose: 0 }), {
      name: "TypeError", message: "Expected validationData[1] to have 3 numbers a sample but found 1.",
    });
    const other = network([5], 2);
    other.compile({ optimizer: tf.train.sgd(0.2), loss: "meanSquaredError" });
    await assert.rejects(fitTogether([listener(1), other], x, y), { name: "TypeError", message: `Expected ${other.name} to be compiled with distillationLoss or, where it ends in a softmax, with categoricalCrossentropy, in logits with tf.losses.softmaxCrossEntropy, but found meanSquaredError.` });
    const model = listener(1);
    await assert.rejects(fitTogether([model, model], x, y, { verbose: 0 }), { name: "TypeError", message: `Expected each model once but found ${model.name} twice.` });
    const deaf = [network([5], 1), network([5], 2)];
    for (const one of deaf) one.compile({ optimizer: tf.train.sgd(0.2), loss: "categoricalCrossentropy" });
    await assert.rejects(fitTogether(deaf, x, y), { name: "TypeError", message: /all learn from labels alone: use fitAll/ });
    await assert.rejects(fitTogether([listener(1), listener(2)], x, y, { callbacks: [] } as object), { name: "TypeError", message: /fitTogether has no option callbacks/ });
  });
});
