import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { adam } from "../../lib/training/adam.js";
import type { EngineName } from "../../lib/training/engine.js";
import { assertAlike, build, examples, train, weightsOf } from "./twoEngines.js";

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
