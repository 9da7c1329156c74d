import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { distillationLoss } from "../../lib/distillation/distillationLoss.js";
import { qDense } from "../../lib/layers/qDense.js";
import { constantSparsity } from "../../lib/pruning/constantSparsity.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { evaluate } from "../../lib/training/evaluate.js";
import { fit } from "../../lib/training/fit.js";
import { fitAll } from "../../lib/training/fitAll.js";
import { predict } from "../../lib/training/predict.js";
import type { Samples } from "../../lib/training/samples.js";
import { engines } from "./twoEngines.js";

const zeros = (...shape: number[]): Samples => ({
  values: new Float32Array(shape.reduce((a, b) => a * b, 1)),
  shape: shape as [number, number],
});
const labels = (...values: number[]): Samples => ({ values: Float32Array.from(values), shape: [values.length] as unknown as [number, number] });

/** Three classes of four numbers, by layers that the kernels know or do not. */
function build(loss: unknown, hasKernels = true): tf.LayersModel {
  const hidden = tf.layers.dense({ units: 5, inputShape: [4], activation: hasKernels ? "relu" : "elu" });
  const model = tf.sequential({ layers: [hidden, tf.layers.dense({ units: 3, activation: "softmax" })] });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: loss as string, metrics: ["accuracy"] });
  return model;
}
const weightsOf = (model: tf.LayersModel): number[][] => model.getWeights().map((weight) => [...weight.dataSync()]);
afterEach(() => tf.disposeVariables());

/** Loss, samples, targets and the complaint about them. */
const wrong: Record<string, [string, Samples, Samples, RegExp]> = {
  "samples of another size": ["meanSquaredError", zeros(6, 5), zeros(6, 3), /^TypeError: Expected samples of 4 numbers@ but found 5\.$/],
  "one target for three outputs, which would be spread": [
    "meanSquaredError", zeros(6, 4), zeros(6, 1), /^TypeError: Expected targets of 3 numbers for meanSquaredError@ but found 1\.$/,
  ],
  "the same of a loss without a kernel": [
    "meanAbsoluteError", zeros(6, 4), zeros(6, 1), /^TypeError: Expected targets of 3 numbers for meanAbsoluteError@ but found 1\.$/,
  ],
  "one-hot rows instead of labels": [
    "sparseCategoricalCrossentropy", zeros(6, 4), zeros(6, 3),
    /^TypeError: Expected targets of 1 numbers for sparseCategoricalCrossentropy@ but found 3\. One-hot rows go with the loss categoricalCrossentropy; this one takes the labels themselves\.$/,
  ],
  "labels instead of one-hot rows": [
    "categoricalCrossentropy", zeros(6, 4), zeros(6, 1),
    /^TypeError: Expected targets of 3 numbers for categoricalCrossentropy@ but found 1\. Make one-hot rows of labels with toCategorical, or use the loss sparseCategoricalCrossentropy\.$/,
  ],
  ...Object.fromEntries(
    [3, -1, 0.5, NaN].map((label) => [
      `the label ${label}`,
      ["sparseCategoricalCrossentropy", zeros(2, 4), labels(2, label), RegExp(`^RangeError: Expected whole labels from 0 to 2@ but found ${label} for sample 1\\.$`)],
    ]),
  ),
};

describe("data that do not fit the model", () => {
  for (const [name, [loss, x, y, message]] of Object.entries(wrong)) {
    it(`${name}: are refused before the first step, with either engine`, async () => {
      const isSparse = loss === "sparseCategoricalCrossentropy";
      const good = [zeros(3, 4), isSparse ? labels(0, 1, 2) : zeros(3, 3)] as const;
      const at = (where: string): RegExp => RegExp(message.source.replace("@", where));
      for (const hasKernels of [true, false]) {
        const model = build(loss, hasKernels);
        const before = weightsOf(model);
        await assert.rejects(fit(model, x, y, { verbose: 0 }), at(""));
        await assert.rejects(fit(model, ...good, { verbose: 0, validationData: [x, y] }), at(" in validationData"));
        await assert.rejects(evaluate(model, x, y), at(""));
        assert.deepEqual(weightsOf(model), before);
        await fit(model, ...good, { verbose: 0 });
      }
    });
  }

  it("samples of another size are no input to predict either", async () => {
    for (const hasKernels of [true, false]) {
      await assert.rejects(predict(build("meanSquaredError", hasKernels), zeros(2, 5)), /^TypeError: Expected samples of 4 numbers but found 5\.$/);
    }
  });

  it("are named by shape where the model's are no rows, and may be flat", async () => {
    const model = tf.sequential({ layers: [tf.layers.conv1d({ filters: 2, kernelSize: 1, inputShape: [3, 2] }), tf.layers.flatten(), tf.layers.dense({ units: 1 })] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    await assert.rejects(evaluate(model, zeros(4, 2, 3), zeros(4, 1)), /^TypeError: Expected samples of shape \[3,2\] but found \[2,3\]\.$/);
    const x = tf.randomNormal([4, 3, 2], 0, 1, "float32", 1);
    const y = tf.ones([4, 1]);
    assert.deepEqual(await evaluate(model, x.reshape([4, 6]), y), await evaluate(model, x, y));
    assert.deepEqual(await predict(model, x.reshape([4, 6])), await predict(model, x));
  });

  it("targets [n] are [n, 1], also for a loss of one's own, and are not spread to [n, n]", async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer: "ones" })] });
    const x = tf.tensor2d([1, 0, 0, 2, 3, 0], [3, 2]);
    const own = (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor => tf.mean(tf.squaredDifference(yTrue, yPred), -1);
    for (const loss of ["meanSquaredError", own, "meanAbsoluteError"]) {
      model.compile({ optimizer: tf.train.sgd(0), loss: loss as string });
      assert.equal((await evaluate(model, x, labels(1, 2, 3))).loss, 0);
      for (const engine of ["auto", "tfjs"] as const) {
        assert.deepEqual((await fit(model, x, labels(1, 2, 3), { engine, verbose: 0 })).history.loss, [0]);
      }
    }
  });

  it("a loss of one's own takes targets as it likes", async () => {
    const model = build((yTrue: tf.Tensor, yPred: tf.Tensor) => tf.sub(tf.sum(yPred, -1), tf.sum(yTrue, -1)));
    assert.equal((await fit(model, zeros(4, 4), zeros(4, 7), { verbose: 0 })).history.loss.length, 1);
  });
});

describe("distillation", () => {
  const softmax = (): tf.layers.Layer => tf.layers.dense({ units: 3, inputShape: [4], activation: "softmax" });
  const endings: Record<string, () => tf.LayersModel> = {
    "a dense layer": () => tf.sequential({ layers: [softmax()] }),
    "a softmax layer": () => tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4] }), tf.layers.softmax()] }),
    "an activation layer": () => tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4] }), tf.layers.activation({ activation: "softmax" })] }),
    "a quantized layer": () => tf.sequential({ layers: [qDense({ units: 3, inputShape: [4], activation: "softmax" })] }),
    "a model inside": () => tf.sequential({ layers: [tf.sequential({ layers: [softmax()] })] }),
    "a pruned layer": () => pruneLowMagnitude(tf.sequential({ layers: [softmax()] }), { pruningSchedule: constantSparsity({ targetSparsity: 0.5, beginStep: 0 }) }),
    "a functional model": () => {
      const inputs = tf.input({ shape: [4] });
      return tf.model({ inputs, outputs: softmax().apply(inputs) as tf.SymbolicTensor });
    },
  };
  for (const [name, create] of Object.entries(endings)) {
    it(`takes the logits of a student that ends in a softmax: ${name}`, async () => {
      // Equal logits of student and teacher: nothing is left of the loss but the labels' log 3, and the softmax stays on.
      for (const engine of ["wasm", "tfjs"] as const) {
        const model = create();
        for (const weight of model.weights) if (/kernel/.test(weight.originalName)) weight.write(tf.zeros(weight.shape as number[]));
        model.compile({ optimizer: tf.train.sgd(0), loss: distillationLoss({ temperature: 2, alpha: 0.5 }) });
        const targets = { values: Float32Array.from([1, 0, 0, 7, 7, 7, 0, 0, 1, -7, -7, -7]), shape: [2, 6] as [number, number] };
        const { history } = await fit(model, zeros(2, 4), targets, { verbose: 0, engine });
        assert.ok(Math.abs(history.loss[0] - Math.log(3) / 2) < 1e-6, `${engine}: ${history.loss[0]}`);
        assert.ok(Math.abs((await evaluate(model, zeros(2, 4), targets)).loss - Math.log(3) / 2) < 1e-6);
        const { values } = await predict(model, zeros(2, 4));
        values.forEach((share) => assert.ok(Math.abs(share - 1 / 3) < 1e-6));
      }
    });

    it(`refuses one that it was told gives logits: ${name}`, async () => {
      const model = create();
      model.compile({ optimizer: "sgd", loss: distillationLoss({ fromLogits: true }) });
      const message = `Expected ${model.name} to end in logits, as distillation was told by fromLogits, but found a softmax: leave fromLogits out.`;
      await assert.rejects(fit(model, zeros(2, 4), zeros(2, 6), { verbose: 0 }), { name: "TypeError", message });
    });
  }

  it("refuses logits that it was told are probabilities, and a sigmoid", async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4] })] });
    model.compile({ optimizer: "sgd", loss: distillationLoss({ fromLogits: false }) });
    await assert.rejects(fit(model, zeros(2, 4), zeros(2, 6), { verbose: 0 }), { message: /to end in a softmax, as distillation was told by fromLogits: false/ });
    const other = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4], activation: "sigmoid" })] });
    other.compile({ optimizer: "sgd", loss: distillationLoss() });
    await assert.rejects(fit(other, zeros(2, 4), zeros(2, 6), { verbose: 0 }), { message: /but found a sigmoid/ });
  });

  it("names what makes its targets", async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4] })] });
    model.compile({ optimizer: "sgd", loss: distillationLoss() });
    const message = "Expected targets of 6 numbers for distillation but found 3. Make them with distillationTargets.";
    await assert.rejects(fit(model, zeros(2, 4), zeros(2, 3), { verbose: 0 }), { name: "TypeError", message });
  });
});

describe("what is no data", () => {
  const model = build("meanSquaredError");
  const [x, y] = [zeros(2, 4), zeros(2, 3)];
  const given: Record<string, [unknown, unknown, RegExp]> = {
    "no samples": [undefined, y, /Expected x to be a tensor or \{values: Float32Array, shape\} but found undefined\./],
    "no targets": [x, undefined, /Expected y to be a tensor or .* but found undefined\./],
    "a list of rows": [[[1, 2, 3, 4]], y, /Expected x to be .* but found an array of 1\./],
    "a typed array": [x, new Uint8Array(2), /Expected y to be a tensor or .* but found a Uint8Array\./],
    "numbers without a shape": [{ values: new Float32Array(8) }, y, /Expected x to be .* but found an object\./],
  };
  for (const [name, [samples, targets, message]] of Object.entries(given)) {
    it(`${name}: is named by fit, evaluate and fitAll`, async () => {
      const data = [samples as Samples, targets as Samples] as const;
      await assert.rejects(fit(model, ...data), { name: "TypeError", message: RegExp(`^${message.source}$`) });
      await assert.rejects(evaluate(model, ...data), { name: "TypeError", message: RegExp(`^${message.source}$`) });
      const job = { model, x: data[0], y: data[1] };
      await assert.rejects(fitAll([job]), { name: "TypeError", message: RegExp(`^job 1 \\(${model.name}\\): ${message.source}$`) });
    });
  }

  it("numbers in a list are taken as a Float32Array is", async () => {
    const values = [1, 2, 3, 4];
    const list = { values: values as unknown as Float32Array, shape: [1, 4] as [number, number] };
    const own = build("meanSquaredError");
    assert.deepEqual(await predict(own, list), await predict(own, { ...list, values: Float32Array.from(values) }));
    await fitAll([{ model: own, x: list, y: zeros(1, 3) }], { verbose: 0 });
  });

  it("validationData is samples and targets", async () => {
    const message = "Expected validationData to be [x, y] or [x, y, sampleWeight] but found an array of 1.";
    const options = { validationData: [x] as unknown as [Samples, Samples], verbose: 0 as const };
    await assert.rejects(fit(model, x, y, options), { name: "TypeError", message });
    const { validationData } = options;
    await assert.rejects(fitAll([{ model, x, y, options: { validationData } }]), { name: "TypeError", message: `job 1 (${model.name}): ${message}` });
  });
});

describe("a loss that is NaN", () => {
  const bad = zeros(40, 4) as { values: Float32Array; shape: [number, number] };
  bad.values[4 * 25] = NaN;
  const y = { values: Float32Array.from({ length: 120 }, (_, i) => Number(i % 3 === 0)), shape: [40, 3] as [number, number] };
  const options = { batchSize: 10, epochs: 2, shuffle: false };
  const warning = (label: string): string => `${label}: the loss is NaN since step 3: look for NaN in the data or lower the learning rate.`;

  it("is told once, at its first step, whichever the engine and loss", async (t) => {
    for (const loss of ["meanSquaredError", "categoricalCrossentropy"]) {
      for (const engine of engines) {
        const warn = t.mock.method(console, "warn", () => {});
        const model = build(loss);
        const { history } = await fit(model, bad, y, { ...options, engine, label: "mine", verbose: 0 });
        warn.mock.restore();
        assert.deepEqual(warn.mock.calls.map(({ arguments: [text] }) => text as string), [warning("mine")], engine);
        assert.ok(Number.isNaN(history.loss[0]));
        assert.ok(Number.isNaN((await evaluate(model, bad, y)).loss));
      }
    }
  });

  it("is told of a job of fitAll", async (t) => {
    const warn = t.mock.method(console, "warn", () => {});
    const [good, model] = [build("meanSquaredError"), build("meanSquaredError")];
    await fitAll([{ model: good, x: zeros(40, 4), y, options }, { model, x: bad, y, options }], { verbose: 0 });
    assert.deepEqual(warn.mock.calls.map(({ arguments: [text] }) => text as string), [warning(`job 2 (${model.name})`)]);
  });

  it("is told of validation once, whichever of its numbers and losses, with either engine and by fitAll", async (t) => {
    const validation = (xs: number, ys: number): [Samples, Samples] => [
      { values: new Float32Array(16).fill(xs), shape: [4, 4] },
      { values: Float32Array.from({ length: 12 }, (_, i) => Number(i % 3 === 0) * ys), shape: [4, 3] },
    ];
    const expected = "mine: val_loss is NaN though the loss is not: look for NaN in the validation data.";
    for (const loss of ["meanSquaredError", "categoricalCrossentropy", "binaryCrossentropy"]) {
      for (const validationData of [validation(NaN, 1), validation(0, NaN)]) {
        for (const engine of [...engines, null]) {
          const warn = t.mock.method(console, "warn", () => {});
          const model = build(loss);
          const one = { ...options, validationData };
          const job = { model, x: zeros(40, 4), y, options: one };
          const { history } = engine ? await fit(model, job.x, y, { ...one, engine, label: "mine", verbose: 0 }) : (await fitAll([job], { verbose: 0 }))[0];
          warn.mock.restore();
          assert.deepEqual(warn.mock.calls.map(({ arguments: [text] }) => text as string), [engine ? expected : expected.replace("mine", `job 1 (${model.name})`)]);
          assert.ok(history.val_loss.every(Number.isNaN) && !history.loss.some(Number.isNaN));
          assert.deepEqual(history.val_accuracy, [0, 0]);
        }
      }
    }
  });

  it("goes with an accuracy of 0 where all is NaN", async (t) => {
    t.mock.method(console, "warn", () => {});
    const nothing = (columns: number): Samples => ({ values: new Float32Array(6 * columns).fill(NaN), shape: [6, columns] });
    for (const engine of engines) {
      const { history } = await fit(build("categoricalCrossentropy"), nothing(4), nothing(3), { engine, verbose: 0 });
      assert.deepEqual(history, { loss: [NaN], accuracy: [0] });
      const one = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [4], activation: "sigmoid" })] });
      one.compile({ optimizer: "sgd", loss: "binaryCrossentropy", metrics: ["accuracy"] });
      assert.deepEqual((await fit(one, nothing(4), zeros(6, 1), { engine, verbose: 0 })).history.accuracy, [0]);
    }
  });
});
