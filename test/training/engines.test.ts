import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { adam } from "../../lib/training/adam.js";
import { evaluate } from "../../lib/training/evaluate.js";
import type { EngineName } from "../../lib/training/engine.js";
import { fit } from "../../lib/training/fit.js";
import type { History } from "../../lib/training/fit.js";
import { penalties } from "../../lib/training/penalties.js";
import { predict, predictedLabels } from "../../lib/training/predict.js";
import { assertAlike, assertClose, build, engines, examples, SAMPLES, train, weightsOf, x, y } from "./twoEngines.js";

const plain = examples["a dense network with dropout"];
afterEach(() => tf.disposeVariables());

/** Fails unless two trainings had the same names and, within a tolerance, numbers. */
function assertSameHistory(found: History, wanted: History): void {
  assert.deepEqual(found.epoch, wanted.epoch);
  assert.deepEqual(Object.keys(found.history), Object.keys(wanted.history));
  for (const [name, values] of Object.entries(wanted.history)) assertClose(found.history[name], values, name);
}

describe("both engines", () => {
  for (const [name, example] of Object.entries(examples)) {
    it(`train ${name} alike`, async () => {
      const models = engines.map(() => build(example));
      const seen: [string, number][][] = [[], []];
      const losses: number[][] = [[], []];
      const histories: History[] = [];
      for (const [i, engine] of engines.entries()) {
        const callbacks = {
          onEpochBegin: (epoch: number) => void seen[i].push(["begin", epoch]),
          onBatchEnd: (step: number, logs: Record<string, number>) => {
            seen[i].push([Object.keys(logs).join(), step]);
            losses[i].push(logs.loss);
          },
          onEpochEnd: (epoch: number, logs: Record<string, number>) => void seen[i].push([Object.keys(logs).join(), epoch]),
        };
        histories.push(await train(models[i], example, { epochs: 3, seed: 5, validationSplit: 0.2, engine, callbacks }));
        assert.equal(histories[i].engine, engine);
      }
      assertSameHistory(histories[0], histories[1]);
      assert.deepEqual(Object.keys(histories[0].history), ["loss", "accuracy", "val_loss", "val_accuracy"]);
      assert.deepEqual(seen[0], seen[1]);
      assertClose(losses[0], losses[1], "loss of a batch");
      assertAlike(models[0], models[1]);
      assert.ok(histories[0].history.loss[2] < histories[0].history.loss[0], "it learns");
    });
  }

  it("train nothing where all is frozen, and give the losses", async () => {
    for (const optimizer of [() => tf.train.sgd(0.2), () => tf.train.adam(), () => adam()]) {
      const runs = [];
      for (const engine of engines) {
        const model = build(plain, optimizer());
        for (const layer of model.layers) layer.trainable = false;
        const before = weightsOf(model);
        runs.push(await train(model, plain, { engine, epochs: 2, validationData: [x, plain.targets] }));
        assert.deepEqual(weightsOf(model), before);
        assert.equal(model.optimizer.iterations, 8);
      }
      assertSameHistory(runs[0], runs[1]);
    }
  });

  it("leave a weight at 0 to the data, as the slope of its L1 penalty is 0 there", async () => {
    for (const engine of engines) {
      const kernelRegularizer = tf.regularizers.l1({ l1: 0.5 });
      const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [3], kernelRegularizer, kernelInitializer: "zeros" })] });
      model.compile({ optimizer: tf.train.sgd(0.1), loss: "meanSquaredError" });
      model.setWeights([tf.tensor2d([0, 1, -1], [3, 1]), tf.zeros([1])]);
      await fit(model, tf.zeros([4, 3]), tf.zeros([4, 1]), { engine, verbose: 0 });
      assertClose(weightsOf(model)[0], [0, 0.95, -0.95], engine);
    }
  });

  it("weigh samples and classes alike, with every loss", async () => {
    const sampleWeight = Float32Array.from({ length: SAMPLES }, (_, i) => (i % 5) / 2);
    for (const name of [
      "a dense network with dropout",
      "labels instead of one-hot rows",
      "independent outputs",
      "logits",
      "distillation",
    ]) {
      const example = examples[name];
      const models = engines.map(() => build(example));
      const options = {
        epochs: 2,
        sampleWeight,
        classWeight: { 0: 3, 2: 0.5 },
        validationData: [x, example.targets, sampleWeight],
      } as const;
      const histories = [];
      for (const [i, engine] of engines.entries())
        histories.push(await train(models[i], example, { ...options, validationData: [...options.validationData], engine }));
      assertSameHistory(histories[0], histories[1]);
      assertAlike(models[0], models[1]);
      const unweighted = build(example);
      await train(unweighted, example, { epochs: 2 });
      assert.notDeepEqual(weightsOf(unweighted), weightsOf(models[0]), name);
    }
  });

  it("weigh a class as each of its samples, and as tfjs's own fit does", async () => {
    const example = examples["a frozen layer"];
    const classWeight: Record<number, number> = { 0: 3, 1: 0, 2: 0.5 };
    const sampleWeight = Float32Array.from({ length: SAMPLES }, (_, i) => classWeight[predictedLabels(y)[i]]);
    const theirs = build(example);
    const tensors = [x, y].map(({ values, shape }) => tf.tensor2d(values, shape));
    await theirs.fit(tensors[0], tensors[1], { epochs: 2, batchSize: 16, shuffle: false, verbose: 0, classWeight });
    for (const engine of engines) {
      for (const weights of [
        { classWeight },
        { sampleWeight },
        { sampleWeight: sampleWeight.map((weight) => weight / 2), classWeight: { 0: 2, 1: 2, 2: 2 } },
      ]) {
        const ours = build(example);
        await train(ours, example, { epochs: 2, shuffle: false, engine, ...weights });
        assertAlike(ours, theirs);
      }
    }
  });

  it("follow the seed", async () => {
    for (const engine of engines) {
      const run = async (seed: number): Promise<Float32Array[]> => {
        const model = build(plain);
        await train(model, plain, { epochs: 2, seed, engine });
        return weightsOf(model);
      };
      assert.deepEqual(await run(1), await run(1));
      assert.notDeepEqual(await run(1), await run(2));
    }
  });

  it("take samples that are not shuffled in order, in batches of any size", async () => {
    for (const batchSize of [1, 7, 100]) {
      const models = engines.map(() => build(plain));
      for (const [i, engine] of engines.entries()) await train(models[i], plain, { shuffle: false, batchSize, engine });
      assertAlike(models[0], models[1]);
    }
  });
});

describe("a callback", () => {
  const steps = 3;
  /** Trains on the first samples only: what the weights are after as many steps. */
  async function weightsAfter(engine: EngineName): Promise<Float32Array[]> {
    const model = build(plain);
    const take = 16 * steps;
    await fit(
      model,
      { values: x.values.subarray(0, take * 6), shape: [take, 6] },
      { values: y.values.subarray(0, take * 3), shape: [take, 3] },
      { batchSize: 16, shuffle: false, engine, verbose: 0 },
    );
    return weightsOf(model);
  }

  it("reads weights as they are, whichever way it asks for them", async () => {
    for (const engine of engines) {
      const model = build(plain);
      const wanted = await weightsAfter(engine);
      const outputs = (): Float32Array => (model.predict(tf.tensor2d(x.values, x.shape)) as tf.Tensor).dataSync() as Float32Array;
      const before = outputs();
      const kept = model.getWeights();
      const ways = [
        () => kept,
        () => model.getWeights(),
        () => model.layers.flatMap((layer) => layer.getWeights()),
        () => model.weights.map((weight) => weight.read()),
        () => model.trainableWeights.map((weight) => weight.read()),
      ];
      let read = 0;
      const onBatchEnd = (step: number): void => {
        if (step !== steps) return;
        for (const way of ways)
          assert.deepEqual(
            way().map((tensor) => tensor.dataSync()),
            wanted,
          );
        assert.notDeepEqual(outputs(), before);
        read++;
      };
      await train(model, plain, { shuffle: false, engine, callbacks: { onBatchEnd } });
      assert.equal(read, 1);
    }
  });

  it("changes weights, whichever way it does so", async () => {
    const kernel = (model: tf.LayersModel): tf.LayerVariable => model.layers[0].weights[0];
    const value = tf.fill([6, 8], 0.25);
    const ways: Record<string, (model: tf.LayersModel, kept: tf.Variable) => void> = {
      setWeights: (model) => model.layers[0].setWeights([value, tf.zeros([8])]),
      "write of a variable": (model) => void kernel(model).write(value),
      "assign of what it reads": (model) => void (kernel(model).read() as tf.Variable).assign(value),
      "assign of what was read before the training": (_, kept) => void kept.assign(value),
    };
    for (const [way, change] of Object.entries(ways)) {
      const models = engines.map(() => build(plain));
      for (const [i, engine] of engines.entries()) {
        const kept = kernel(models[i]).read() as tf.Variable;
        const onBatchEnd = (step: number): void => {
          if (step !== 2) return;
          change(models[i], kept);
          assert.deepEqual(kernel(models[i]).read().dataSync(), value.dataSync(), way);
        };
        await train(models[i], plain, { epochs: 1, engine, callbacks: { onBatchEnd } });
      }
      assertAlike(models[0], models[1]);
      const untouched = build(plain);
      await train(untouched, plain, {});
      assert.notDeepEqual(weightsOf(untouched)[0], weightsOf(models[0])[0], way);
    }
  });

  it("changes weights after the last step too", async () => {
    for (const engine of engines) {
      const model = build(plain);
      const value = tf.fill([6, 8], 0.25);
      await train(model, plain, { engine, callbacks: { onEpochEnd: () => void model.layers[0].weights[0].write(value) } });
      assert.deepEqual(model.layers[0].weights[0].read().dataSync(), value.dataSync());
    }
  });

  it("changes the learning rate", async () => {
    const optimizers: Record<string, [() => tf.Optimizer, (optimizer: tf.Optimizer) => void]> = {
      "tf.train.sgd": [() => tf.train.sgd(0.2), (optimizer) => (optimizer as tf.SGDOptimizer).setLearningRate(0)],
      "tf.train.momentum": [
        () => tf.train.momentum(0.2, 0.9),
        (optimizer) => (optimizer as tf.MomentumOptimizer).setLearningRate(0),
      ],
      "tf.train.adam": [() => tf.train.adam(0.2), (optimizer) => Reflect.set(optimizer, "learningRate", 0)],
    };
    for (const [name, [create, stop]] of Object.entries(optimizers)) {
      for (const engine of engines) {
        const optimizer = create();
        const model = build(plain, optimizer);
        let then: Float32Array[] = [];
        const onEpochEnd = (epoch: number): void => {
          if (epoch > 0) return;
          then = weightsOf(model);
          stop(optimizer);
        };
        await train(model, plain, { epochs: 2, engine, callbacks: { onEpochEnd } });
        assert.deepEqual(weightsOf(model), then, `${name} with ${engine}`);
      }
    }
  });

  it("that throws, or a signal, leaves the weights of the step it came after", async () => {
    for (const way of ["throw", "abort"]) {
      const models = engines.map(() => build(plain));
      for (const [i, engine] of engines.entries()) {
        const stop = new AbortController();
        let then: Float32Array[] = [];
        const onBatchEnd = (step: number): void => {
          if (step !== 3) return;
          then = weightsOf(models[i]);
          if (way === "throw") throw new Error("enough");
          stop.abort(new Error("enough"));
        };
        await assert.rejects(
          train(models[i], plain, { epochs: 5, engine, signal: stop.signal, callbacks: { onBatchEnd } }),
          /enough/,
        );
        assert.deepEqual(weightsOf(models[i]), then);
        await train(models[i], plain, { engine });
      }
      assertAlike(models[0], models[1]);
    }
  });
});

describe("predict and evaluate", () => {
  for (const [name, example] of Object.entries(examples)) {
    it(`give for ${name} what tfjs's own give`, async () => {
      const model = build(example);
      await train(model, example, { epochs: 3 });
      const outputs = await predict(model, x);
      const theirs = model.predict(tf.tensor2d(x.values, x.shape)) as tf.Tensor;
      assert.deepEqual(outputs.shape, theirs.shape);
      assertClose(outputs.values, theirs.dataSync(), "output", 1e-5);

      // tfjs's own wants targets of as many numbers as there are outputs.
      if (name === "distillation") return;
      const { loss, accuracy } = await evaluate(model, x, example.targets);
      const { values, shape } = example.targets;
      const [theirLoss, theirAccuracy] = model.evaluate(
        tf.tensor2d(x.values, x.shape),
        tf.tensor2d(values, shape),
      ) as tf.Scalar[];
      // Keras adds the penalties to the loss, tfjs does not.
      const penalty = penalties(model).reduce((sum, part) => sum + part.dataSync()[0], 0);
      assertClose([loss], [theirLoss.dataSync()[0] + penalty], "loss", 1e-5);
      // Keras looks for the largest of several outputs, tfjs with this loss at each on its own.
      if (example.loss === "binaryCrossentropy") return;
      assertClose([accuracy ?? -1], [theirAccuracy.dataSync()[0]], "accuracy", 1e-6);
    });
  }
});

describe("a training", () => {
  it("leaves no tensors behind with either engine, nor a memory that grows", async (t) => {
    const grow = t.mock.method(WebAssembly.Memory.prototype, "grow");
    const example = examples["a network quantized and pruned"];
    for (const engine of engines) {
      const model = build(example, tf.train.adam(1e-3));
      await train(model, example, { engine });
      const tensors = tf.memory().numTensors;
      let grown = 0;
      await train(model, example, {
        epochs: 100,
        engine,
        callbacks: { onEpochBegin: (epoch) => void (epoch === 0 && (grown = grow.mock.callCount())) },
      });
      assert.equal(tf.memory().numTensors, tensors, engine);
      if (engine === "wasm") assert.equal(grow.mock.callCount(), grown);
    }
  });
});
