// The library as its user has it: public functions only, and the backend it chooses by itself.
import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs";
import compression from "tfjs-compression";
import { createRandom } from "tfjs-compression/dist/data/random.js";
import { firstRows } from "./data.mjs";
import { serve } from "./protocol.mjs";

const {
  adam, distillationLoss, distillationTargets, fit, polynomialDecay, pruneLowMagnitude, qActivation, qDense, ready,
} = compression;
const kernel = "quantized_bits(8,3,alpha=1)";

/** See serve. Networks with two outputs are those of notebook 06: no ReLU, sigmoid, a small learning rate. */
function build(sizes, variant, x, y, batchSize) {
  const demo = sizes.at(-1) === 2;
  const quantized = variant === "QAT" || variant === "QAP";
  const inputShape = [sizes[0]];
  const output = variant === "KD" ? "linear" : demo ? "sigmoid" : "softmax";
  const layers = sizes.slice(1).flatMap((units, index) => {
    const last = index === sizes.length - 2;
    const first = index === 0 ? { inputShape } : {};
    if (!quantized) {
      return [tf.layers.dense({ units, activation: last ? output : demo ? "linear" : "relu", ...first })];
    }
    const dense = { units, kernelQuantizer: kernel, biasQuantizer: kernel, ...first };
    if (last) return [qDense({ ...dense, activation: output })];
    return [qDense(dense), qActivation({ activation: demo ? "quantized_bits(16,6)" : "quantized_relu(8,3)" })];
  });
  let model = tf.sequential({ layers });
  if (variant === "pruned" || variant === "QAP") {
    const schedule = { initialSparsity: 0, finalSparsity: 0.5, beginStep: 0, endStep: 100_000, frequency: 100 };
    model = pruneLowMagnitude(model, { pruningSchedule: polynomialDecay(schedule) });
  }
  let loss = "categoricalCrossentropy";
  let targets = y;
  if (variant === "KD") {
    const random = createRandom(1);
    // Logits of a teacher that is mostly right.
    const teacher = { ...y, values: y.values.map((label) => 6 * label + random.normal(0, 2)) };
    loss = distillationLoss({ temperature: 4, alpha: 0.1 });
    targets = distillationTargets(y, teacher);
  }
  model.compile({ optimizer: adam(demo ? 1e-5 : 1e-3), loss, metrics: ["accuracy"] });
  return async (rows, epochs) => {
    const { history } = await fit(model, firstRows(x, rows), firstRows(targets, rows), { batchSize, epochs, verbose: 0 });
    return history.accuracy.at(-1);
  };
}

const { version } = createRequire(import.meta.url)("tfjs-compression/package.json");
const backend = await ready();
const versions = { "tfjs-compression": version, "@tensorflow/tfjs": tf.version.tfjs };
await serve({ versions, runs: `own WebAssembly kernels; models that these do not know: TensorFlow.js on ${backend}` }, build);
