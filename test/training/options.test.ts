import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs";
import { fit } from "../../lib/training/fit.js";
import { fitAll } from "../../lib/training/fitAll.js";
import type { FitJob } from "../../lib/training/fitAll.js";
import { evaluate } from "../../lib/training/evaluate.js";
import { predict } from "../../lib/training/predict.js";
import { polynomialDecay } from "../../lib/pruning/polynomialDecay.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { explainMissingKernel } from "../../lib/training/explainMissingKernel.js";

const data = { values: new Float32Array(8), shape: [4, 2] as [number, number] };
const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2] })] });
model.compile({ optimizer: "sgd", loss: "meanSquaredError" });

describe("options of the wrong kind", () => {
  const wrong: [object, RegExp][] = [
    [{ signal: {} }, /^TypeError: Expected signal to be an AbortSignal but found an object\.$/],
    [{ signal: null }, /^TypeError: Expected signal to be an AbortSignal but found null\.$/],
    [{ engine: "foo" }, /^RangeError: Expected engine to be "auto", "wasm" or "tfjs" but found "foo"\.$/],
    [{ callbacks: () => {} }, /^TypeError: Expected callbacks to be objects such as \{onEpochEnd\(epoch, logs\) \{…\}\} but found a function\.$/],
    [{ callbacks: [{}, "end"] }, /^TypeError: Expected callbacks to be .* but found a string\.$/],
    [{ callbacks: null }, /^TypeError: Expected callbacks to be .* but found null\.$/],
    [{ epochs: "3" }, /^TypeError: Expected epochs to be a whole number above 0 but found "3"\.$/],
    [{ batchSize: [8] }, /^TypeError: Expected batchSize to be a whole number above 0 but found an array of 1\.$/],
    [{ epochs: 1.5 }, /^RangeError: Expected epochs to be a whole number above 0 but found 1\.5\.$/],
    [{ validationSplit: "0.2" }, /^TypeError: Expected validationSplit to be a number but found "0\.2"\.$/],
    [{ classWeight: new Map([[0, 1]]) }, /^TypeError: Expected classWeight to be an object such as \{0: 1, 1: 5\} but found a Map\.$/],
    [{ batch_size: 8 }, /^TypeError: fit has no option batch_size: did you mean batchSize\?$/],
    [{ epoch: 8 }, /^TypeError: fit has no option epoch: did you mean epochs\?$/],
    [{ stepsPerExecution: 8 }, /^TypeError: fit has no option stepsPerExecution: there are epochs, batchSize, .*, engine\.$/],
  ];
  for (const [options, message] of wrong) {
    it(message.source, () => assert.rejects(fit(model, data, data, { ...options, verbose: 0 }), message));
  }

  it("what is no object, and options of evaluate, predict and fitAll that there are not", async () => {
    for (const [options, found] of [[null, "null"], [5, "a number"], [[], "an array of 0"]] as const) {
      await assert.rejects(fit(model, data, data, options as object), { name: "TypeError", message: `Expected the options of fit to be an object but found ${found}.` });
    }
    await assert.rejects(evaluate(model, data, data, { batchsize: 2 } as object), /^TypeError: evaluate has no option batchsize: did you mean batchSize\?$/);
    await assert.rejects(predict(model, data, { batch: 2 } as object), /^TypeError: predict has no option batch: did you mean batchSize\?$/);
    await assert.rejects(fitAll([], { worker: 2 } as object), /^TypeError: fitAll has no option worker: did you mean workers\?$/);
  });

  it("what is no model, and no list of jobs", async () => {
    const none = undefined as unknown as tf.LayersModel;
    const message = "Expected model to be a tf.LayersModel but found undefined.";
    for (const run of [() => fit(none, data, data), () => evaluate(none, data, data), () => predict(none, data)]) {
      await assert.rejects(run, { name: "TypeError", message });
    }
    const job = { model, x: data, y: data };
    await assert.rejects(fitAll(job as unknown as FitJob[]), /^TypeError: Expected jobs to be an array of \{model, x, y\} but found an object\.$/);
    for (const wrong of [{ x: data, y: data }, undefined, null]) {
      await assert.rejects(fitAll([job, wrong as FitJob]), { name: "TypeError", message: `job 2: ${message}` });
    }
  });

  it("fitAll says what a job cannot have, and whose it is", async () => {
    const job = (options: object) => ({ model, x: data, y: data, options });
    const named = `^TypeError: job 2 \\(${model.name}\\): `;
    const other = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2] })] });
    other.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const first = { model: other, x: data, y: data };
    await assert.rejects(fitAll([first, job({ callbacks: { onEpochEnd() {} } })]), RegExp(`${named}fitAll calls no callbacks: leave them out or use fit\\.$`));
    await assert.rejects(fitAll([first, job({ signal: AbortSignal.abort() })]), RegExp(`${named}A signal ends all trainings of fitAll: give it in the options`));
    await assert.rejects(fitAll([first, job({ engine: "wasm" })]), RegExp(`${named}fitAll trains with the kernels: leave engine out or use fit\\.$`));
    for (const name of ["verbose", "label"]) {
      await assert.rejects(fitAll([first, job({ [name]: 0 })]), RegExp(`${named}There is one bar for all jobs: give ${name} in the options behind the jobs\\.$`));
    }
    await assert.rejects(fitAll([first, job({ batch_size: 1 })]), RegExp(`${named}fit has no option batch_size: did you mean batchSize\\?$`));
    await assert.rejects(fitAll([first], { signal: {} as AbortSignal }), /^TypeError: Expected signal to be an AbortSignal but found an object\.$/);
  });
});

describe("a pruning schedule that was cut short", () => {
  it("is told, but not with verbose 0: it may go on in the next training", async (t) => {
    t.mock.method(process.stderr, "write", () => true);
    const pruned = (): tf.LayersModel => {
      const plain = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2] })] });
      const pruningSchedule = polynomialDecay({ initialSparsity: 0, finalSparsity: 0.5, beginStep: 0, endStep: 10, frequency: 1 });
      const wrapped = pruneLowMagnitude(plain, { pruningSchedule });
      wrapped.compile({ optimizer: "sgd", loss: "meanSquaredError" });
      return wrapped;
    };
    for (const verbose of [0, 1] as const) {
      const warn = t.mock.method(console, "warn", () => {});
      await fit(pruned(), data, data, { verbose });
      await fitAll([{ model: pruned(), x: data, y: data }], { verbose });
      warn.mock.restore();
      const told = "The pruning schedule ends at step 10 but the training ended at step 1: the sparsity asked for is not reached.";
      assert.deepEqual(warn.mock.calls.map(({ arguments: [text] }) => text as string), verbose ? [told, told] : []);
    }
  });
});

describe("a model without kernels", () => {
  it("tells who asks for the kernels how to train it", async () => {
    const elu = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2] }), tf.layers.elu()] });
    elu.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const message = RegExp(`^The kernels cannot train ${elu.name}, for elu_\\w+ is .*ELU\\. Leave out engine: "wasm" to train it through TensorFlow\\.js\\.$`);
    await assert.rejects(fit(elu, data, data, { engine: "wasm", verbose: 0 }), { name: "UnsupportedModel", message });
  });

  it("tells what to do where TensorFlow.js's WebAssembly backend cannot train it", async () => {
    const script = `
      import * as tf from "@tensorflow/tfjs";
      import { fit } from "tfjs-compression";
      const embedding = tf.layers.embedding({ inputDim: 2, outputDim: 3, inputLength: 4 });
      const model = tf.sequential({ layers: [embedding, tf.layers.flatten(), tf.layers.dense({ units: 1 })] });
      model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
      const { history } = await fit(model, tf.ones([4, 4]), tf.ones([4, 1]), { verbose: 0 }).catch((error) => ({ history: String(error) }));
      console.log(JSON.stringify(history));`;
    const run = async (backend: string): Promise<string> => {
      const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
        cwd: __dirname,
        env: { ...process.env, TFJS_BACKEND: backend },
      });
      return stdout.trim().split("\n").at(-1) as string;
    };
    const [wasm, cpu] = await Promise.all([run("wasm"), run("cpu")]);
    assert.match(wasm, /^"Error: TensorFlow\.js cannot train this model with WebAssembly: Kernel 'UnsortedSegmentSum' not registered for backend 'wasm'\. Run npm run setup:native, or set the environment variable TFJS_BACKEND=cpu, which is slower\."$/);
    assert.match(cpu, /^\{"loss":\[[\d.]+\]\}$/, "the way out is one");
  });

  it("lets other errors be", () => {
    for (const error of [new Error("Kernel 'Mine' not registered for backend 'cpu'"), new RangeError("enough"), "text", undefined]) {
      assert.equal(explainMissingKernel(error), error);
    }
  });
});
