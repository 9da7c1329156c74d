import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { adam } from "../../lib/training/adam.js";
import type { EngineName } from "../../lib/training/engine.js";
import { fitAll } from "../../lib/training/fitAll.js";
import { assertAlike, build, engines, examples, train, weightsOf, x } from "./twoEngines.js";

const optimizers: Record<string, () => tf.Optimizer> = {
  "tf.train.sgd": () => tf.train.sgd(0.1),
  "tf.train.momentum": () => tf.train.momentum(0.1, 0.9),
  "Nesterov's momentum": () => tf.train.momentum(0.1, 0.9, true),
  "tf.train.adam": () => tf.train.adam(0.02),
  adam: () => adam(0.02),
};

afterEach(() => tf.disposeVariables());

describe("an optimizer goes on where it was", () => {
  for (const example of ["a dense network with dropout", "batch normalization", "a pruned network"]) {
    for (const [name, optimizer] of Object.entries(optimizers)) {
      it(`${name}, ${example}: two trainings are one, with either engine and from one to the other`, async () => {
        const run = async (...parts: [EngineName, number][]): Promise<tf.LayersModel> => {
          const model = build(examples[example], optimizer());
          for (const [engine, epochs] of parts) await train(model, examples[example], { engine, epochs, shuffle: false });
          return model;
        };
        const long = { wasm: await run(["wasm", 5]), tfjs: await run(["tfjs", 5]) };
        assert.deepEqual(weightsOf(await run(["wasm", 2], ["wasm", 3])), weightsOf(long.wasm));
        assert.deepEqual(weightsOf(await run(["tfjs", 2], ["tfjs", 3])), weightsOf(long.tfjs));
        for (const model of [long.wasm, await run(["wasm", 2], ["tfjs", 3]), await run(["tfjs", 2], ["wasm", 3])])
          assertAlike(model, long.tfjs);
      });
    }
  }

  it("each weight with what is remembered of it, when layers were frozen or are trained anew since", async () => {
    const example = examples["a dense network with dropout"];
    const run = async (optimizer: tf.Optimizer, ...names: EngineName[]): Promise<tf.LayersModel> => {
      const model = build(example, optimizer);
      const [hidden, , output] = model.layers;
      for (const [i, [first, last]] of [[false, true], [true, true], [true, false], [true, true]].entries()) {
        [hidden.trainable, output.trainable] = [first, last];
        await train(model, example, { engine: names[i % names.length], epochs: 2, shuffle: false });
      }
      return model;
    };
    for (const [name, optimizer] of Object.entries(optimizers)) {
      const wanted = await run(optimizer(), "tfjs");
      assert.ok(weightsOf(wanted).every((values) => values.every(Number.isFinite)), name);
      for (const names of [["wasm"], ["wasm", "tfjs"], ["tfjs", "wasm"]] as const) assertAlike(await run(optimizer(), ...names), wanted);
    }
    // Without an ε the two are one rule, and `adam` has always gone by the names.
    assertAlike(await run(tf.train.adam(0.02, 0.9, 0.999, 1e-12), "tfjs"), await run(adam(0.02, { epsilon: 1e-12 }), "tfjs"));
    const rmsprop = await run(tf.train.rmsprop(0.01), "tfjs");
    assert.ok(weightsOf(rmsprop).every((values) => values.every(Number.isFinite)));
  });

  it("also one that was loaded with the model, whose weights have other names then", async () => {
    const example = examples["a dense network with dropout"];
    for (const engine of engines) {
      const model = build(example, tf.train.adam(0.02));
      await train(model, example, { engine });
      const optimizer = tf.train.adam(0.02);
      const copy = build(example, optimizer);
      copy.setWeights(model.getWeights());
      await optimizer.setWeights((await model.optimizer.getWeights()).map(({ name, tensor }) => ({ name, tensor: tensor.clone() })));
      for (const each of [model, copy]) await train(each, example, { engine });
      assert.deepEqual(weightsOf(copy), weightsOf(model));
    }
  });

  it("and starts anew when the model is compiled again", async () => {
    const example = examples["a dense network with dropout"];
    for (const engine of ["wasm", "tfjs"] as const) {
      const model = build(example, adam(0.02));
      const before = model.getWeights().map((weight) => weight.clone());
      await train(model, example, { engine });
      const once = weightsOf(model);
      model.setWeights(before);
      model.compile({ optimizer: adam(0.02), loss: "categoricalCrossentropy" });
      await train(model, example, { engine });
      assert.deepEqual(weightsOf(model), once);
    }
  });
});

describe("an optimizer that has trained another model", () => {
  const example = examples["a dense network with dropout"];

  it("is refused, by fitAll too", async () => {
    for (const create of Object.values(optimizers)) {
      for (const engine of engines) {
        const optimizer = create();
        const [one, other] = [build(example, optimizer), build(example, optimizer)];
        await train(one, example, { engine });
        const message = RegExp(`^Error: The optimizer of ${other.name} is that of ${one.name} and remembers its weights: compile each model with an optimizer of its own\\.$`);
        await assert.rejects(train(other, example, { engine }), message);
        assert.deepEqual(weightsOf(other), weightsOf(build(example)), "untouched");
      }
    }
    const optimizer = adam();
    const jobs = [1, 2].map(() => ({ model: build(example, optimizer), x, y: example.targets }));
    await assert.rejects(fitAll(jobs, { verbose: 0 }), /^Error: job 2 \(\w+\): The optimizer of \w+ is that of \w+ and remembers its weights/);
  });

  it("is refused when tfjs's own training was the other's", async () => {
    for (const engine of engines) {
      const optimizer = tf.train.momentum(0.1, 0.9);
      const other = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2] })] });
      other.compile({ optimizer, loss: "meanSquaredError" });
      await other.fit(tf.ones([4, 2]), tf.ones([4, 2]), { verbose: 0 });
      const model = build(example, optimizer);
      await assert.rejects(train(model, example, { engine }), /^Error: The optimizer of \w+ has trained another model: compile \w+ with a new one\.$/);
    }
  });

  it("is not the one of a model that is compiled with it again", async () => {
    const optimizer = tf.train.momentum(0.1, 0.9);
    const model = build(example, optimizer);
    const whole = build(example, tf.train.momentum(0.1, 0.9));
    await train(whole, example, { epochs: 4, shuffle: false });
    await train(model, example, { epochs: 2, shuffle: false });
    model.compile({ optimizer, loss: "categoricalCrossentropy" });
    await train(model, example, { epochs: 2, shuffle: false });
    assert.deepEqual(weightsOf(model), weightsOf(whole));
  });
});
