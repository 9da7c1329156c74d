import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { constantSparsity } from "../../lib/pruning/constantSparsity.js";
import { polynomialDecay } from "../../lib/pruning/polynomialDecay.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { type PruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitudeLayer.js";
import { stripPruning } from "../../lib/pruning/stripPruning.js";
import { adam } from "../../lib/training/adam.js";
import { fit } from "../../lib/training/fit.js";
import { createRandom } from "../../lib/data/random.js";
import type { Matrix } from "../../lib/data/matrix.js";

const random = createRandom(5);
const x: Matrix = { values: Float32Array.from({ length: 60 * 8 }, () => random.normal()), shape: [60, 8] };
const y: Matrix = { values: Float32Array.from({ length: 60 * 2 }, (_, i) => Number((Math.floor(i / 2) % 2 === 0) === (i % 2 === 0))), shape: [60, 2] };

function build(): tf.LayersModel {
  const heNormal = (seed: number): ReturnType<typeof tf.initializers.heNormal> => tf.initializers.heNormal({ seed });
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: 10, inputShape: [8], activation: "relu", name: "hidden", kernelInitializer: heNormal(1) }),
      tf.layers.dense({ units: 2, activation: "softmax", name: "output", kernelInitializer: heNormal(2) }),
    ],
  });
}

const zeros = (weight: tf.Tensor | tf.LayerVariable): number =>
  ("read" in weight ? weight.read() : weight).dataSync().filter((value: number) => value === 0).length;

describe("pruneLowMagnitude", () => {
  it("reaches the sparsity asked for on endStep even when no turn falls on it, and keeps zeros zero", async () => {
    const schedule = polynomialDecay({ initialSparsity: 0, finalSparsity: 0.5, beginStep: 0, endStep: 17, frequency: 5 });
    const model = pruneLowMagnitude(build(), { pruningSchedule: schedule });
    model.compile({ optimizer: adam(0.01), loss: "categoricalCrossentropy" });
    const [hidden] = model.layers as PruneLowMagnitude[];
    let masked: number[] = [];
    await fit(model, x, y, {
      epochs: 5,
      batchSize: 10,
      verbose: 0,
      callbacks: {
        onBatchEnd: (step) => {
          const kernel = hidden.kernel.read().dataSync();
          const mask = hidden.maskValues();
          assert.ok(kernel.every((value, i) => mask[i] === 1 || value === 0), `a masked weight moved in step ${step}`);
          if (step === 17) masked = [...mask];
        },
      },
    });
    assert.equal(masked.filter((one) => one === 0).length, 40);
    assert.deepEqual([...hidden.maskValues()], masked, "no mask changes after endStep");
    const plain = stripPruning(model);
    assert.deepEqual(plain.layers.map((layer) => layer.name), ["hidden", "output"]);
    assert.equal(zeros(plain.getLayer("hidden").weights[0]), 40);
    assert.equal(zeros(plain.getLayer("output").weights[0]), 10);
    assert.deepEqual([...(plain.predict(tf.tensor2d(x.values, x.shape)) as tf.Tensor).dataSync()], [...(model.predict(tf.tensor2d(x.values, x.shape)) as tf.Tensor).dataSync()]);
  });

  it("prunes the pointwise kernel of a separable convolution, and nothing of a depthwise one, as TFMOT does", () => {
    const plain = tf.sequential({
      layers: [
        tf.layers.depthwiseConv2d({ kernelSize: 2, inputShape: [6, 6, 2], name: "depthwise" }),
        tf.layers.separableConv2d({ filters: 8, kernelSize: 2, name: "separable" }),
        tf.layers.globalAveragePooling2d({ name: "pool" }),
      ],
    });
    const model = pruneLowMagnitude(plain);
    assert.deepEqual(model.layers.map(({ name }) => name), ["depthwise", "prune_low_magnitude_separable", "pool"]);
    assert.deepEqual((model.layers[1] as PruneLowMagnitude).shape, [1, 1, 2, 8]);
    const depthwise = plain.layers[1].weights[0].read().dataSync();
    const stripped = stripPruning(model);
    assert.deepEqual(stripped.layers[1].weights[0].read().dataSync(), depthwise);
    assert.throws(() => pruneLowMagnitude(plain, { layers: ["depthwise"] }), { name: "RangeError", message: /one of separable, but found "depthwise"/ });
  });

  it("refuses TensorFlow.js's own training, which would not keep the masks, also after a fit that failed", async () => {
    const outer = tf.sequential({ layers: [pruneLowMagnitude(build())] });
    const [xs, ys] = [tf.tensor2d(x.values, x.shape), tf.tensor2d(y.values, y.shape)];
    for (const model of [pruneLowMagnitude(build()), outer]) {
      const refused = async (): Promise<void> => {
        await assert.rejects(model.fit(xs, ys, { verbose: 0 }), {
          message: "Expected prune_low_magnitude_hidden to be trained by the library's fit(model, x, y), which keeps its mask, not by model.fit.",
        });
      };
      model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
      await refused();
      await fit(model, x, y, { verbose: 0, engine: "tfjs" });
      await refused();
      const failing = (() => { throw new Error("no loss"); }) as never;
      model.compile({ optimizer: "sgd", loss: failing });
      await assert.rejects(fit(model, x, y, { verbose: 0, engine: "tfjs" }), /no loss/);
      model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
      await refused();
      assert.doesNotThrow(() => model.evaluate(xs, ys));
    }
  });

  it("goes on with its schedule in a second fit, and starts anew when compiled again", async () => {
    const pruningSchedule = polynomialDecay({ initialSparsity: 0, finalSparsity: 0.8, beginStep: 0, endStep: 12, frequency: 2 });
    const model = pruneLowMagnitude(build(), { pruningSchedule });
    model.compile({ optimizer: adam(0.01), loss: "categoricalCrossentropy" });
    const [hidden] = model.layers as PruneLowMagnitude[];
    const pruned = (): number => hidden.maskValues().filter((one) => one === 0).length;
    await fit(model, x, y, { epochs: 2, batchSize: 10, verbose: 0 });
    assert.equal(pruned(), 64);
    await fit(model, x, y, { epochs: 1, batchSize: 20, verbose: 0 });
    assert.equal(pruned(), 64, "the schedule has ended");
    model.compile({ optimizer: adam(0.01), loss: "categoricalCrossentropy" });
    await fit(model, x, y, { epochs: 1, batchSize: 30, verbose: 0 });
    assert.ok(pruned() < 64);
  });

  it("prunes in one shot at the first step when the schedule begins and ends at 0", async () => {
    const pruningSchedule = constantSparsity({ targetSparsity: 0.5, beginStep: 0, endStep: 0 });
    const model = pruneLowMagnitude(build(), { pruningSchedule });
    model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
    await fit(model, x, y, { epochs: 1, batchSize: 60, verbose: 0 });
    assert.equal(zeros(stripPruning(model).layers[0].weights[0]), 40);
  });

  it("leaves the model it was given as it was", async () => {
    const model = build();
    const before = model.getWeights().map((weight) => [...weight.dataSync()]);
    const pruned = pruneLowMagnitude(model, { pruningSchedule: constantSparsity({ targetSparsity: 0.5, beginStep: 0, frequency: 1 }) });
    pruned.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
    await fit(pruned, x, y, { verbose: 0 });
    assert.deepEqual(model.getWeights().map((weight) => [...weight.dataSync()]), before);
  });

  it("prunes only the layers that are named, and says which there are when a name is wrong", () => {
    const pruned = pruneLowMagnitude(build(), { layers: ["output"] });
    assert.deepEqual(pruned.layers.map((layer) => layer.getClassName()), ["Dense", "PruneLowMagnitude"]);
    assert.throws(() => pruneLowMagnitude(build(), { layers: ["out"] }), /one of hidden, output, but found "out"/);
  });

  it("keeps its masks and schedule when tfjs saves and loads the model", async () => {
    const pruned = pruneLowMagnitude(build(), { pruningSchedule: constantSparsity({ targetSparsity: 0.75, beginStep: 1, frequency: 1 }) });
    pruned.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
    await fit(pruned, x, y, { verbose: 0 });
    let saved: tf.io.ModelArtifacts = {};
    await pruned.save(
      tf.io.withSaveHandler((artifacts) => {
        saved = artifacts;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } });
      }),
    );
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved));
    const [layer] = loaded.layers as PruneLowMagnitude[];
    assert.equal(layer.maskValues().filter((one) => one === 0).length, 60);
    assert.equal(layer.pruningSchedule.sparsity(1), 0.75);
  });

  it("costs no memory that grows with the steps", async () => {
    const pruned = pruneLowMagnitude(build(), { pruningSchedule: constantSparsity({ targetSparsity: 0.5, beginStep: 0, frequency: 2 }) });
    pruned.compile({ optimizer: adam(), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
    await fit(pruned, x, y, { epochs: 1, batchSize: 10, verbose: 0 });
    const before = tf.memory().numTensors;
    await fit(pruned, x, y, { epochs: 5, batchSize: 10, verbose: 0 });
    assert.equal(tf.memory().numTensors, before);
  });
});
