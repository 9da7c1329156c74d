import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { earlyStopping } from "../../lib/training/earlyStopping.js";
import type { EarlyStoppingArgs } from "../../lib/training/earlyStopping.js";
import { fit } from "../../lib/training/fit.js";
import type { FitCallback } from "../../lib/training/fitOptions.js";
import { build, engines, examples, train, weightsOf, x, y } from "./twoEngines.js";

// Of tf_keras 2.21's EarlyStopping.
const args: EarlyStoppingArgs[] = [
  {},
  { patience: 2 },
  { patience: 2, minDelta: 0.05, restoreBestWeights: true },
  { patience: 1, mode: "max", restoreBestWeights: true },
  { monitor: "val_accuracy", patience: 2, minDelta: -0.02, restoreBestWeights: true },
  { monitor: "val_accuracy", mode: "min", patience: 3, restoreBestWeights: true },
];
/** Values of the metric, and for each of the arguments how many epochs Keras trains and which one's weights remain. */
const traces: [number[], [number, number][]][] = [
  [[0.9, 0.7, 0.71, 0.65, 0.66, 0.66, 0.64, 0.8, 0.9, 0.5], [[3, 2], [6, 5], [4, 1], [2, 0], [3, 0], [10, 9]]],
  [[NaN, NaN, NaN, NaN, NaN], [[2, 1], [2, 1], [2, 0], [2, 0], [2, 0], [3, 0]]],
  [[0.5, NaN, 0.4, NaN, NaN, NaN, 0.1], [[2, 1], [5, 4], [5, 2], [2, 0], [3, 0], [6, 2]]],
  [[0.3, 0.3, 0.3, 0.3, 0.3, 0.3], [[2, 1], [3, 2], [3, 0], [2, 0], [3, 0], [4, 0]]],
  [[1, 2, 3, 4], [[2, 1], [3, 2], [3, 0], [4, 3], [4, 3], [4, 0]]],
  [[0.1, 0.2, 0.15, 0.3, 0.31, 0.32, 0.2, 0.2, 0.2], [[2, 1], [3, 2], [3, 0], [3, 1], [6, 3], [4, 0]]],
];

const example = examples["a network quantized and pruned"];
afterEach(() => tf.disposeVariables());

/** Epochs trained, and the epoch whose weights the model has then, when the metric takes these values. */
function follow(callback: FitCallback, metric: string, values: number[]): [number, number] {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], useBias: false })] });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  callback.setModel?.(model);
  void callback.onTrainBegin?.();
  let epochs = 0;
  for (; epochs < values.length && !model.stopTraining; epochs++) {
    model.setWeights([tf.tensor2d([[epochs]])]);
    void callback.onEpochEnd?.(epochs, { [metric]: values[epochs] });
  }
  void callback.onTrainEnd?.();
  return [epochs, model.getWeights()[0].dataSync()[0]];
}

describe("earlyStopping", () => {
  it("stops where Keras's does and leaves the weights that Keras's leaves, from one training to the next", () => {
    args.forEach((given, i) => {
      const callback = earlyStopping(given);
      for (const [values, wanted] of traces) {
        assert.deepEqual(follow(callback, given.monitor ?? "val_loss", values), wanted[i], JSON.stringify([given, values]));
      }
    });
  });

  it("ends fit with the weights and masks of the best epoch, with either engine", async () => {
    for (const engine of engines) {
      const model = build(example);
      const seen: Float32Array[][] = [];
      const callbacks = [{ onEpochEnd: () => void seen.push(weightsOf(model)) }, earlyStopping({ patience: 3, restoreBestWeights: true })];
      // A learning rate that makes it worse before long.
      model.compile({ optimizer: tf.train.sgd(3), loss: "categoricalCrossentropy" });
      const { history, epoch } = await train(model, example, { epochs: 50, seed: 1, validationSplit: 0.3, engine, callbacks });
      const best = history.val_loss.indexOf(Math.min(...history.val_loss));
      assert.equal(epoch.length, best + 4, "three epochs more than the best");
      assert.ok(epoch.length < 50);
      assert.deepEqual(weightsOf(model), seen[best]);
      assert.notDeepEqual(seen[best], seen.at(-1));
    }
  });

  it("leaves no tensors behind, also when the training fails", async () => {
    const model = build(example);
    const options = { epochs: 3, callbacks: earlyStopping({ monitor: "loss", restoreBestWeights: true }) };
    await train(model, example, options);
    const before = tf.memory().numTensors;
    await train(model, example, options);
    const fail = { onEpochEnd: () => assert.fail("enough") };
    await assert.rejects(train(model, example, { callbacks: [options.callbacks, fail] }), /enough/);
    assert.equal(tf.memory().numTensors, before);
  });

  it("warns once when the metric is not there, and trains on", async (t) => {
    const warn = t.mock.method(console, "warn", () => {});
    const model = build(examples["a functional model"]);
    const { epoch } = await fit(model, x, y, { epochs: 3, verbose: 0, callbacks: earlyStopping() });
    assert.equal(epoch.length, 3);
    assert.deepEqual(
      warn.mock.calls.map(({ arguments: [text] }) => text as string),
      ["earlyStopping waits for val_loss, but there are only loss, accuracy."],
    );
  });

  it("says which argument is out of range", () => {
    assert.throws(() => earlyStopping({ patience: -1 }), /^RangeError: Expected patience to be a whole number of 0 or more but found -1\.$/);
    assert.throws(() => earlyStopping({ patience: 1.5 }), /patience .* found 1.5/);
    assert.throws(() => earlyStopping({ minDelta: NaN }), /^RangeError: Expected minDelta to be a finite number but found NaN\.$/);
    assert.throws(() => earlyStopping({ mode: "less" as "min" }), /^RangeError: Expected mode to be "auto", "min" or "max" but found "less"\.$/);
  });
});
