import * as tf from "@tensorflow/tfjs";
import { compiled } from "./compiled.js";
import { countCorrect } from "../network/countCorrect.js";
import type { Evaluation } from "./engine.js";
import { forward } from "./forward.js";
import { meanLoss } from "./meanLoss.js";
import { penalties } from "./penalties.js";
import type { Rows } from "../data/rows.js";
import { gatherRows } from "./samples.js";

/**
 * Outputs for samples, NaN for one that holds NaN: where TensorFlow.js's WebAssembly backend fuses a relu with a product, it
 * makes 0 of NaN.
 */
function outputsOf(model: tf.LayersModel, x: tf.Tensor, leavesSoftmax: boolean): tf.Tensor {
  const y = forward(model, x, undefined, leavesSoftmax);
  const samples = x.dataSync();
  if (!samples.some(Number.isNaN)) return y;
  const [size, outputs] = [samples.length / x.shape[0], y.size / x.shape[0]];
  const values = y.dataSync().map((value, i) => {
    const from = Math.floor(i / outputs) * size;
    return samples.subarray(from, from + size).some(Number.isNaN) ? NaN : value;
  });
  return tf.tensor(values, y.shape);
}

/** `evaluate` through TensorFlow.js, for samples that were read already. */
export function evaluateRows(
  model: tf.LayersModel,
  x: Rows,
  y: Rows,
  batchSize: number,
  weights: Float32Array | null = null,
): Evaluation {
  const { loss, hasAccuracy, leavesSoftmax, classes } = compiled(model);
  const order = Uint32Array.from({ length: x.count }, (_, i) => i);
  let lossSum = 0;
  let correct = 0;
  for (let start = 0; start < x.count; start += batchSize) {
    const end = Math.min(start + batchSize, x.count);
    tf.tidy(() => {
      const yPred = outputsOf(model, gatherRows(x, order, start, end), leavesSoftmax);
      const yTrue = gatherRows(y, order, start, end);
      const mean = meanLoss(loss(yTrue, yPred), weights?.subarray(start, end) ?? null).dataSync()[0];
      const outputs = yPred.dataSync();
      lossSum += outputs.some(Number.isNaN) ? NaN : mean * (end - start);
      if (hasAccuracy) correct += countCorrect(outputs, yTrue.dataSync(), end - start, classes);
    });
  }
  // As while training, regularization is part of the loss.
  const penalty = tf.tidy(() => penalties(model).reduce((sum, part) => sum + part.dataSync()[0], 0));
  return { loss: lossSum / x.count + penalty, ...(hasAccuracy && { accuracy: correct / x.count }) };
}
