import * as tf from "@tensorflow/tfjs";
import { ready } from "../backend.js";
import type { Matrix } from "../data/matrix.js";
import { sizeOf } from "../data/shape.js";
import { argMax } from "../network/countCorrect.js";
import { checkSamples } from "./checkData.js";
import { checkNames } from "./checkOptions.js";
import { checkModel } from "./compiled.js";
import { forward } from "./forward.js";
import { kernelInference } from "./kernelInference.js";
import { checkCount } from "./prepareFit.js";
import { gatherRows, toRows } from "./samples.js";
import type { Samples } from "./samples.js";

/**
 * The outputs of a model for all samples.
 *
 * @param x Samples [n, …].
 * @param options See `PredictOptions`.
 * @returns Outputs [n, outputs].
 * @throws {TypeError} When the samples have another shape than the model's input; they may be flat.
 * @example const { values } = await predict(model, test.x);
 */
export async function predict(model: tf.LayersModel, x: Samples, options: PredictOptions = {}): Promise<Matrix> {
  return await outputsOf(model, x, options, false);
}

/** Options of `predict`. */
export interface PredictOptions {
  /** How many samples go through at a time. Default 128 with the kernels, 1024 through TensorFlow.js. */
  batchSize?: number;
}

/** What `predict` gives, or with `leavesSoftmax` what it was made of by the softmax that the model ends in. */
export async function outputsOf(model: tf.LayersModel, x: Samples, options: PredictOptions, leavesSoftmax: boolean): Promise<Matrix> {
  await ready();
  checkModel(model);
  checkNames("predict", options, ["batchSize"]);
  const rows = checkSamples(model, toRows(x, "x"));
  const { batchSize = 1024 } = options;
  checkCount("batchSize", batchSize);
  const network = kernelInference(model, { kind: "meanSquaredError" }, rows.count, options.batchSize, leavesSoftmax);
  const columns = sizeOf(model.outputs[0].shape.slice(1) as number[]);
  if (network) return { values: network.predict(rows), shape: [rows.count, columns] };
  const order = Uint32Array.from({ length: rows.count }, (_, i) => i);
  const values = new Float32Array(rows.count * columns);
  for (let start = 0; start < rows.count; start += batchSize) {
    const end = Math.min(start + batchSize, rows.count);
    const outputs = tf.tidy(() => forward(model, gatherRows(rows, order, start, end), undefined, leavesSoftmax).dataSync());
    values.set(outputs, start * columns);
  }
  return { values, shape: [rows.count, columns] };
}

/**
 * The class with the largest output for each sample.
 *
 * @param outputs [n, classes], as `predict` gives them.
 * @example const labels = predictedLabels(await predict(model, test.x));
 */
export function predictedLabels(outputs: Matrix): Uint8Array {
  const [count, classes] = outputs.shape;
  return Uint8Array.from({ length: count }, (_, i) => argMax(outputs.values, i * classes, classes));
}
