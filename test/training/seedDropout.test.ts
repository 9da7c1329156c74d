import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { seedDropout } from "../../lib/training/seedDropout.js";
import { assertAlike, build, train, weightsOf, y } from "./twoEngines.js";
import type { Example } from "./twoEngines.js";

const { dense, dropout } = tf.layers;
const hidden = (): tf.layers.Layer => dense({ units: 8, activation: "relu", inputShape: [6] });
const output = (): tf.layers.Layer => dense({ units: 3, activation: "softmax" });

function functional(layers: tf.layers.Layer[]): tf.LayersModel {
  const inputs = tf.input({ shape: [6] });
  const outputs = layers.reduce((h: tf.SymbolicTensor, layer) => layer.apply(h) as tf.SymbolicTensor, inputs);
  return tf.model({ inputs, outputs });
}

const half = (): tf.layers.Layer => dropout({ rate: 0.5 });
const models: Record<string, () => tf.LayersModel> = {
  functional: () => functional([hidden(), half(), dense({ units: 8 }), half(), output()]),
  "a sequential model in a functional one": () => functional([tf.sequential({ layers: [hidden(), half()] }), half(), output()]),
  "a sequential model in another": () => tf.sequential({ layers: [tf.sequential({ layers: [hidden(), half()] }), half(), output()] }),
};

describe("dropout", () => {
  for (const [name, create] of Object.entries(models)) {
    it(`${name}: the seed determines it, and both engines, where the kernels know the model, draw the same masks`, async () => {
      const example: Example = { build: create, loss: "categoricalCrossentropy", targets: y };
      const run = async (engine: "auto" | "tfjs", seed: number): Promise<tf.LayersModel> => {
        const model = build(example);
        await train(model, example, { engine, seed, epochs: 3 });
        return model;
      };
      const [kernels, tfjs, again, other] = [await run("auto", 1), await run("tfjs", 1), await run("tfjs", 1), await run("tfjs", 2)];
      assertAlike(kernels, tfjs);
      assert.deepEqual(weightsOf(again), weightsOf(tfjs));
      assert.notDeepEqual(weightsOf(other), weightsOf(tfjs));
    });
  }

  it("of one shape for several rows, and in a wrapped layer", () => {
    const spatial = tf.layers.spatialDropout1d({ rate: 0.5 });
    const shaped = dropout({ rate: 0.5, noiseShape: [null, 1, 8] as unknown as number[] });
    const wrapped = tf.layers.timeDistributed({ layer: dropout({ rate: 0.5 }) });
    const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [4, 8] }), spatial, shaped, wrapped] });
    const ones = tf.ones([2, 4, 8]);
    const run = (step: number): number[] =>
      Array.from(seedDropout(model, { seed: 1, step }, () => model.apply(ones, { training: true }) as tf.Tensor).dataSync());
    assert.deepEqual(run(1), run(1));
    assert.notDeepEqual(run(1), run(2));
    for (const layer of [spatial, shaped]) {
      const one = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [4, 8] }), layer] });
      const mask = seedDropout(one, { seed: 1, step: 1 }, () => layer.call(ones, { training: true }) as tf.Tensor).arraySync() as number[][][];
      for (const sample of mask) for (const row of sample) assert.deepEqual(row, sample[0]);
      assert.notDeepEqual(mask[0], mask[1]);
    }
  });

  it("is tfjs's own again behind a pass, also behind one that failed", () => {
    const model = models.functional();
    const fails = (): never => {
      throw new Error("enough");
    };
    assert.throws(() => seedDropout(model, { seed: 1, step: 1 }, fails), /enough/);
    assert.ok(model.layers.every((layer) => !Object.hasOwn(layer, "call")));
  });
});
