import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { fit } from "../../lib/training/fit.js";
import { fitAll } from "../../lib/training/fitAll.js";
import type { FitOptions } from "../../lib/training/fitOptions.js";
import { assertAlike, build, engines, examples, SAMPLES, train, weightsOf, x, y } from "./twoEngines.js";

const example = examples["a functional model"];
const tensors = (): [tf.Tensor, tf.Tensor] => [tf.tensor2d(x.values, x.shape), tf.tensor2d(y.values, y.shape)];
afterEach(() => tf.disposeVariables());

describe("model.stopTraining", () => {
  it("ends the training after the current batch, its epoch with it, as in tfjs's own fit", async () => {
    const stopAt = (model: tf.LayersModel, batches: number) => {
      let made = 0;
      return { onBatchEnd: () => void (++made === batches && (model.stopTraining = true)) };
    };
    for (const batches of [1, 4, 6, 8]) {
      const theirs = build(example);
      const callbacks = stopAt(theirs, batches);
      const { epoch } = await theirs.fit(...tensors(), {
        epochs: 5, batchSize: 16, shuffle: false, verbose: 0, validationData: tensors(), callbacks: { onBatchEnd: async () => callbacks.onBatchEnd() },
      });
      for (const engine of engines) {
        const model = build(example);
        const options: FitOptions = { epochs: 5, shuffle: false, engine, validationData: [x, y] };
        const found = await train(model, example, { ...options, callbacks: stopAt(model, batches) });
        assert.deepEqual(found.epoch, epoch);
        assert.equal(found.history.val_loss.length, epoch.length);
        assertAlike(model, theirs);
        const more = await train(model, example, { epochs: 2, engine });
        assert.equal(more.epoch.length, 2, "the next training begins anew");
      }
    }
  });

  it("means the loss over the batches that there were", async () => {
    for (const engine of engines) {
      const model = build(example);
      const losses: number[] = [];
      const onBatchEnd = (step: number, { loss }: Record<string, number>): void => {
        losses.push(loss);
        if (step === 2) model.stopTraining = true;
      };
      const { history } = await train(model, example, { epochs: 3, engine, callbacks: { onBatchEnd } });
      assert.deepEqual(history.loss, [(losses[0] * 16 + losses[1] * 16) / 32]);
    }
  });

  it("is what tfjs's own callbacks set, which fit tells the model", async () => {
    for (const engine of engines) {
      const model = build(example);
      model.compile({ optimizer: tf.train.sgd(0), loss: "categoricalCrossentropy" });
      const callbacks = tf.callbacks.earlyStopping({ monitor: "loss", patience: 2, minDelta: 0.01 });
      assert.equal((await train(model, example, { epochs: 9, engine, callbacks })).epoch.length, 3);
    }
  });
});

describe("a callback", () => {
  it("is told of the model, the begin and the end, which it can wait for", async () => {
    for (const engine of engines) {
      const model = build(example);
      const seen: unknown[] = [];
      const callbacks = {
        setModel: (given: tf.LayersModel) => void seen.push(given === model),
        onTrainBegin: async () => void seen.push(await Promise.resolve("train")),
        onEpochBegin: () => void seen.push("epoch"),
        onEpochEnd: () => void seen.push("end"),
        onTrainEnd: async () => {
          await new Promise((resolve) => setTimeout(resolve, 10));
          seen.push("trained");
          model.layers.at(-1)?.weights[0].write(tf.fill([8, 3], 0.25));
        },
      };
      await train(model, example, { engine, callbacks });
      assert.deepEqual(seen, [true, "train", "epoch", "end", "trained"]);
      assert.deepEqual(new Set(weightsOf(model)[2]), new Set([0.25]), "weights written at the end stay");
      seen.length = 0;
      await assert.rejects(train(model, example, { engine, callbacks, signal: AbortSignal.abort(new Error("enough")) }), /enough/);
      assert.deepEqual(seen, [true, "train", "epoch"], "a training that was stopped has no end");
    }
  });
});

describe("a model that is being trained", () => {
  const busy = /^Error: (job \d \(\w+\): )?\w+ is being trained already, or a model that shares its weights: wait until that training has ended\.$/;

  it("is not trained a second time meanwhile, and goes on as if nothing had been", async () => {
    for (const engine of engines) {
      const alone = build(example);
      await train(alone, example, { epochs: 2, engine });
      const model = build(example);
      const trainings = [train(model, example, { epochs: 2, engine }), train(model, example, { epochs: 2, engine })];
      const [first, second] = await Promise.allSettled(trainings);
      assert.equal(first.status, "fulfilled");
      assert.match(String((second as PromiseRejectedResult).reason), busy);
      assert.deepEqual(weightsOf(model), weightsOf(alone));
      await train(model, example, { engine });
    }
  });

  it("is not trained within its own callback, and can be after a failure", async () => {
    const model = build(example);
    const onEpochEnd = async (): Promise<void> => void (await fit(model, x, y, { verbose: 0 }));
    await assert.rejects(train(model, example, { callbacks: { onEpochEnd } }), busy);
    const share = tf.sequential({ layers: [model.layers[1]] });
    share.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const targets = { values: new Float32Array(SAMPLES * 8), shape: [SAMPLES, 8] as [number, number] };
    const both = { onTrainBegin: async () => void (await fit(share, x, targets, { verbose: 0 })) };
    await assert.rejects(train(model, example, { callbacks: both }), busy, "another model with its weights");
    await train(model, example, {});
  });

  it("is in fitAll once only; nothing has begun when it is there twice", async () => {
    const [model, other] = [build(example), build(example)];
    const jobs = [other, model, model].map((trained) => ({ model: trained, x, y, options: { batchSize: 16 } }));
    const before = weightsOf(other);
    await assert.rejects(fitAll(jobs, { verbose: 0 }), /^Error: job 3 \(\w+\): Its model is there twice, see job 2: each job needs a model of its own\.$/);
    const share = tf.sequential({ layers: [model.layers[1]] });
    share.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const targets = { values: new Float32Array(SAMPLES * 8), shape: [SAMPLES, 8] as [number, number] };
    const sharing = [jobs[1], { model: share, x, y: targets }];
    await assert.rejects(fitAll(sharing, { verbose: 0 }), /^Error: job 2 \(\w+\): Its model shares weights with another, see job 1/);
    assert.deepEqual(weightsOf(other), before);
    await fitAll(jobs.slice(0, 2), { verbose: 0 });
    assert.notDeepEqual(weightsOf(other), before);
  });
});
