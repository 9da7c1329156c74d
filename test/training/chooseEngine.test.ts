import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { qDense } from "../../lib/layers/qDense.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { fit } from "../../lib/training/fit.js";

const { dense } = tf.layers;
const chain = (...layers: tf.layers.Layer[]): tf.Sequential => tf.sequential({ layers });
const first = (): tf.layers.Layer => dense({ units: 4, inputShape: [4] });

function branch(): tf.LayersModel {
  const input = tf.input({ shape: [4] });
  const hidden = dense({ units: 4 }).apply(input) as tf.SymbolicTensor;
  const sum = tf.layers.add().apply([hidden, dense({ units: 4 }).apply(hidden) as tf.SymbolicTensor]);
  return tf.model({ inputs: input, outputs: sum as tf.SymbolicTensor });
}

/** A layer that is used twice, whose weights are the same both times. */
function tied(): tf.LayersModel {
  const twice = dense({ units: 4 });
  return chain(first(), twice, tf.layers.reLU(), twice);
}

/** Models with something that has no kernel, and what is said of it. */
const unsupported: Record<
  string,
  { build: () => tf.LayersModel; shape?: number[]; optimizer?: () => tf.Optimizer; loss?: unknown; reason: RegExp }
> = {
  // Frozen, since tfjs's WebAssembly backend knows no gradient of its filters.
  "a convolution": {
    build: () =>
      chain(
        tf.layers.conv2d({ filters: 1, kernelSize: 1, inputShape: [2, 2, 1], trainable: false }),
        tf.layers.flatten(),
        dense({ units: 4 }),
      ),
    shape: [2, 2, 1],
    reason: /conv2d_\w+ is a Conv2D/,
  },
  "a branch": { build: branch, reason: /add_\w+ is not one of a chain of layers/ },
  "a layer used twice": { build: tied, reason: /dense_\w+ is used twice/ },
  "an activation": {
    build: () => chain(first(), dense({ units: 4, activation: "elu" })),
    reason: /dense_\w+ has the activation "elu"/,
  },
  "a layer of an activation": { build: () => chain(first(), tf.layers.leakyReLU()), reason: /leaky_re_lu_\w+ is a LeakyReLU/ },
  "a bounded ReLU": { build: () => chain(first(), tf.layers.reLU({ maxValue: 6 })), reason: /re_lu_\w+ has a maxValue/ },
  "a dense layer over several axes": {
    build: () => chain(dense({ units: 2, inputShape: [2, 2] }), tf.layers.flatten()),
    shape: [2, 2],
    reason: /flatten_\w+ is not the first layer/,
  },
  "batch normalization over several axes": {
    build: () => chain(tf.layers.batchNormalization({ inputShape: [2, 2] }), tf.layers.flatten(), dense({ units: 4 })),
    shape: [2, 2],
    reason: /batch_normalization_\w+ normalizes without center or scale, or another axis than the last of two/,
  },
  "a constraint along the other axis": {
    build: () => chain(dense({ units: 4, inputShape: [4], kernelConstraint: tf.constraints.maxNorm({ maxValue: 1, axis: 1 }) })),
    reason: /kernel has the constraint MaxNorm/,
  },
  "no dense layer": { build: () => chain(tf.layers.batchNormalization({ inputShape: [4] })), reason: /no dense layer/ },
  "a pruned model inside of another": {
    build: () => pruneLowMagnitude(chain(first(), chain(first()))),
    reason: /sequential_\w+ is a pruned Sequential/,
  },
  "an optimizer": { build: () => chain(first()), optimizer: () => tf.train.rmsprop(0.01), reason: /the optimizer is RMSProp/ },
  "a loss by name": { build: () => chain(first()), loss: "meanAbsoluteError", reason: /the loss is meanAbsoluteError/ },
  "a loss of one's own": {
    build: () => chain(first()),
    loss: function mine(yTrue: tf.Tensor, yPred: tf.Tensor) {
      return tf.mean(tf.abs(tf.sub(yTrue, yPred)), -1);
    },
    reason: /the loss is the function mine/,
  },
};

const SAMPLES = 8;
const samples = (shape: number[]): tf.Tensor => tf.randomNormal([SAMPLES, ...shape], 0, 1, "float32", 1);

afterEach(() => tf.disposeVariables());

describe("what the kernels do not know", () => {
  for (const [name, { build, shape = [4], optimizer, loss, reason }] of Object.entries(unsupported)) {
    it(`${name}: trains through tfjs and says why; the kernels refuse`, async (t) => {
      const model = build();
      model.compile({ optimizer: optimizer?.() ?? tf.train.sgd(0.01), loss: (loss ?? "meanSquaredError") as string });
      const y = samples(model.outputs[0].shape.slice(1) as number[]);
      const x = samples(shape);
      const before = model.trainableWeights.map((weight) => Float32Array.from(weight.read().dataSync()));
      await assert.rejects(fit(model, x, y, { engine: "wasm", verbose: 0 }), { name: "UnsupportedModel", message: reason });
      const info = t.mock.method(console, "info", () => {});
      const bar = t.mock.method(process.stderr, "write", () => true);
      const { engine, history } = await fit(model, x, y, { label: "Mine" });
      bar.mock.restore();
      assert.equal(engine, "tfjs");
      const said = info.mock.calls
        .map(({ arguments: [text] }) => String(text))
        .filter((text) => text.includes("through TensorFlow.js"));
      assert.equal(said.length, 1);
      assert.match(said[0], new RegExp(`^Mine trains through TensorFlow\\.js, for .*(${reason.source}).*\\.$`));
      assert.ok(Number.isFinite(history.loss[0]));
      assert.notDeepEqual(
        model.trainableWeights.map((weight) => weight.read().dataSync()),
        before,
      );
    });
  }

  it("two inputs: no engine trains them", async () => {
    const inputs = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
    const output = dense({ units: 4 }).apply(tf.layers.concatenate().apply(inputs)) as tf.SymbolicTensor;
    const model = tf.model({ inputs, outputs: output });
    model.compile({ optimizer: tf.train.sgd(0.01), loss: "meanSquaredError" });
    for (const engine of ["auto", "wasm", "tfjs"] as const) {
      const training = fit(model, samples([2]), samples([4]), { engine, verbose: 0 });
      await assert.rejects(training, {
        name: "TypeError",
        message: "Expected a model with one input and one output but found 2 and 1.",
      });
    }
  });

  it("says nothing when it is quiet, when tfjs is asked for, or when the kernels train", async (t) => {
    const info = t.mock.method(console, "info", () => {});
    const bar = t.mock.method(process.stderr, "write", () => true);
    const model = chain(first());
    model.compile({ optimizer: tf.train.sgd(0.01), loss: "meanSquaredError" });
    assert.equal((await fit(model, samples([4]), samples([4]))).engine, "wasm");
    assert.equal((await fit(model, samples([4]), samples([4]), { engine: "tfjs" })).engine, "tfjs");
    model.compile({ optimizer: tf.train.rmsprop(0.01), loss: "meanSquaredError" });
    assert.equal((await fit(model, samples([4]), samples([4]), { verbose: 0 })).engine, "tfjs");
    bar.mock.restore();
    const said = info.mock.calls.map(({ arguments: [text] }) => String(text));
    assert.deepEqual(
      said.filter((text) => text.includes("through TensorFlow.js,")),
      [],
    );
  });

  it("says which sizes samples and targets should have", async () => {
    const model = chain(qDense({ units: 3, inputShape: [4] }));
    for (const [loss, columns] of [
      ["categoricalCrossentropy", 3],
      ["sparseCategoricalCrossentropy", 1],
    ] as const) {
      model.compile({ optimizer: tf.train.sgd(0.01), loss });
      for (const engine of ["wasm", "auto"] as const) {
        await assert.rejects(fit(model, samples([5]), samples([columns]), { engine, verbose: 0 }), {
          name: "TypeError",
          message: "Expected samples of 4 numbers but found 5.",
        });
        const wrong = fit(model, samples([4]), samples([2]), { engine, verbose: 0 });
        await assert.rejects(wrong, {
          name: "TypeError",
          message: `Expected targets of ${columns} numbers for ${loss} but found 2.`,
        });
      }
    }
  });
});
