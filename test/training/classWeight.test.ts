import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { evaluate } from "../../lib/training/evaluate.js";
import { fit } from "../../lib/training/fit.js";
import type { FitOptions } from "../../lib/training/fitOptions.js";
import { assertClose, build, engines, examples, SAMPLES, train, x, y } from "./twoEngines.js";

const example = examples["a functional model"];
const sampleWeight = Float32Array.from({ length: SAMPLES }, (_, i) => 1 + (i % 3));
afterEach(() => tf.disposeVariables());

describe("classWeight", () => {
  it("weighs what is trained with, not what validationSplit keeps: that keeps the weights of its samples only", async () => {
    const kept = 48;
    const validation = [
      { values: x.values.subarray(kept * 6), shape: [SAMPLES - kept, 6] as [number, number] },
      { values: y.values.subarray(kept * 3), shape: [SAMPLES - kept, 3] as [number, number] },
    ] as const;
    for (const engine of engines) {
      for (const weights of [undefined, sampleWeight]) {
        const options = { engine, classWeight: { 0: 5, 1: 0.1 }, sampleWeight: weights, validationSplit: 0.2 };
        const model = build(example);
        const { history } = await train(model, example, options);
        const { loss } = await evaluate(model, ...validation, { sampleWeight: weights?.subarray(kept) });
        assertClose(history.val_loss, [loss], `val_loss with ${engine}`, 1e-6);
        const other = build(example);
        const unweighted = await train(other, example, { ...options, classWeight: undefined });
        assert.notDeepEqual(unweighted.history.loss, history.loss, "the training is weighed");
      }
    }
  });

  it("names a class that does not exist, and a weight that is none", async () => {
    const model = build(example);
    const wrong: [FitOptions["classWeight"], RegExp][] = [
      [{ 0: 1, 7: 2 }, /^RangeError: Expected the classes in classWeight to lie from 0 to 2 but found 7\.$/],
      [{ cat: 2 } as Record<number, number>, /^RangeError: Expected the classes in classWeight to lie from 0 to 2 but found cat\.$/],
      [{ 1: NaN }, /^RangeError: Expected classWeight to be finite and 0 or more but found NaN for class 1\.$/],
    ];
    for (const [classWeight, message] of wrong) await assert.rejects(fit(model, x, y, { classWeight, verbose: 0 }), message);
  });

  it("has two classes where there is one output", async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [6], activation: "sigmoid" })] });
    model.compile({ optimizer: "sgd", loss: "binaryCrossentropy" });
    const labels = { values: new Float32Array(SAMPLES).fill(1), shape: [SAMPLES, 1] as [number, number] };
    const once = await fit(model, x, labels, { batchSize: SAMPLES, classWeight: { 1: 0 }, verbose: 0 });
    assert.deepEqual(once.history.loss, [0]);
    await assert.rejects(fit(model, x, labels, { classWeight: { 2: 1 }, verbose: 0 }), /from 0 to 1 but found 2/);
  });
});
