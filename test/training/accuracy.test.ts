import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { distillationLoss } from "../../lib/distillation/distillationLoss.js";
import { evaluate } from "../../lib/training/evaluate.js";
import { fit } from "../../lib/training/fit.js";
import { engines } from "./twoEngines.js";

/** A model that gives its one input back. */
function identity(loss: unknown): tf.LayersModel {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: "ones" })] });
  model.compile({ optimizer: tf.train.sgd(0), loss: loss as string, metrics: ["accuracy"] });
  return model;
}
const column = (...values: number[]) => ({ values: Float32Array.from(values), shape: [values.length, 1] as [number, number] });

describe("the accuracy of one output", () => {
  it("holds the output against .5 and the target as it is, as Keras's binary_accuracy and tfjs do", async () => {
    const outputs = column(0.2, 0.5, 0.51, 0.9, 0.9, 3, -1, 0.7);
    const targets = column(0, 0, 1, 1, 0.8, 3, -1, 0);
    const correct = 4 / 8; // 0.8, 3 and -1 are neither 0 nor 1
    const model = identity("meanSquaredError");
    const [, theirs] = model.evaluate(tf.tensor2d(outputs.values, outputs.shape), tf.tensor2d(targets.values, targets.shape)) as tf.Scalar[];
    assert.equal(theirs.dataSync()[0], correct);
    assert.equal((await evaluate(model, outputs, targets)).accuracy, correct);
    for (const engine of engines) {
      const { history } = await fit(model, outputs, targets, { engine, verbose: 0 });
      assert.deepEqual(history.accuracy, [correct], engine);
    }
  });

  it("is that of the labels where the teacher's outputs follow them", async () => {
    const model = identity(distillationLoss({ temperature: 2, alpha: 0.5 }));
    const targets = { values: Float32Array.of(1, 5, 0, 5, 1, 5), shape: [3, 2] as [number, number] };
    assert.equal((await evaluate(model, column(0.9, 0.1, 0.9), targets)).accuracy, 1);
  });
});
