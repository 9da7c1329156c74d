import * as tf from "@tensorflow/tfjs";
import { compiled } from "./compiled.js";
import { countCorrect } from "../network/countCorrect.js";
import type { Evaluation } from "./engine.js";
import { forward } from "./forward.js";
import { hasNaN } from "./hasNaN.js";
import { meanLoss } from "./meanLoss.js";
import { penalties } from "./penalties.js";
import type { Rows } from "../data/rows.js";
import { gatherRows } from "./samples.js";

/** `evaluate` through TensorFlow.js, for samples that were read already. */
export function evaluateRows(
  model: tf.LayersModel,
  x: Rows,
  y: Rows,
  batchSize: number,
  weights: Float32Array | null = null,
): Evaluation {
  const { loss, hasAccuracy } = compiled(model);
  const order = Uint32Array.from({ length: x.count }, (_, i) => i);
  let lossSum = 0;
  let correct = 0;
  for (let start = 0; start < x.count; start += batchSize) {
    const end = Math.min(start + batchSize, x.count);
    tf.tidy(() => {
      const yPred = forward(model, gatherRows(x, order, start, end));
      const yTrue = gatherRows(y, order, start, end);
      const mean = meanLoss(loss(yTrue, yPred), weights?.subarray(start, end) ?? null).dataSync()[0];
      lossSum += hasNaN(yPred) ? NaN : mean * (end - start);
      if (hasAccuracy) correct += countCorrect(yPred.dataSync(), yTrue.dataSync(), end - start);
    });
  }
  // As while training, regularization is part of the loss.
  const penalty = tf.tidy(() => penalties(model).reduce((sum, part) => sum + part.dataSync()[0], 0));
  return { loss: lossSum / x.count + penalty, ...(hasAccuracy && { accuracy: correct / x.count }) };
}
