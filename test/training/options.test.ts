import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs";
import { fit } from "../../lib/training/fit.js";
import { fitAll } from "../../lib/training/fitAll.js";
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
  ];
  for (const [options, message] of wrong) {
    it(message.source, () => assert.rejects(fit(model, data, data, { ...options, verbose: 0 }), message));
  }

  it("fitAll says what a job cannot have, and whose it is", async () => {
    const job = (options: object) => ({ model, x: data, y: data, options });
    const named = `^TypeError: job 2 \\(${model.name}\\): `;
    const other = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2] })] });
    other.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const first = { model: other, x: data, y: data };
    await assert.rejects(fitAll([first, job({ callbacks: { onEpochEnd() {} } })]), RegExp(`${named}fitAll calls no callbacks: leave them out or use fit\\.$`));
    await assert.rejects(fitAll([first, job({ signal: AbortSignal.abort() })]), RegExp(`${named}A signal ends all trainings of fitAll: give it in the options`));
    await assert.rejects(fitAll([first], { signal: {} as AbortSignal }), /^TypeError: Expected signal to be an AbortSignal but found an object\.$/);
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
      const conv2d = tf.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [3, 3, 1] });
      const model = tf.sequential({ layers: [conv2d, tf.layers.flatten(), tf.layers.dense({ units: 1 })] });
      model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
      const { history } = await fit(model, tf.ones([4, 3, 3, 1]), tf.ones([4, 1]), { verbose: 0 }).catch((error) => ({ history: String(error) }));
      console.log(JSON.stringify(history));`;
    const run = async (backend: string): Promise<string> => {
      const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
        cwd: __dirname,
        env: { ...process.env, TFJS_BACKEND: backend },
      });
      return stdout.trim().split("\n").at(-1) as string;
    };
    const [wasm, cpu] = await Promise.all([run("wasm"), run("cpu")]);
    assert.match(wasm, /^"Error: TensorFlow\.js cannot train this model with WebAssembly: Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'\. Run npm run setup:native, or set the environment variable TFJS_BACKEND=cpu, which is slower\."$/);
    assert.match(cpu, /^\{"loss":\[[\d.]+\]\}$/, "the way out is one");
  });

  it("lets other errors be", () => {
    for (const error of [new Error("Kernel 'Mine' not registered for backend 'cpu'"), new RangeError("enough"), "text", undefined]) {
      assert.equal(explainMissingKernel(error), error);
    }
  });
});
