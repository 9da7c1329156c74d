import * as tf from "@tensorflow/tfjs";
import { ready } from "../backend.js";
import { compiled } from "./compiled.js";
import { countCorrect } from "./countCorrect.js";
import { forward } from "./forward.js";
import { checkPairs, gatherRows, toRows } from "./samples.js";
import type { Rows, Samples } from "./samples.js";

/** Mean loss and, where the model was compiled with it, accuracy. */
export interface Evaluation {
  loss: number;
  /** Share of samples classified correctly, 0 to 1. */
  accuracy?: number;
}

/** See `evaluate`; for samples that were read already. */
export function evaluateRows(model: tf.LayersModel, x: Rows, y: Rows, batchSize: number): Evaluation {
  const { loss, hasAccuracy } = compiled(model);
  const order = Uint32Array.from({ length: x.count }, (_, i) => i);
  let lossSum = 0;
  let correct = 0;
  for (let start = 0; start < x.count; start += batchSize) {
    const end = Math.min(start + batchSize, x.count);
    tf.tidy(() => {
      const yPred = forward(model, gatherRows(x, order, start, end));
      const yTrue = gatherRows(y, order, start, end);
      lossSum += tf.mean(loss(yTrue, yPred)).dataSync()[0] * (end - start);
      if (hasAccuracy) correct += countCorrect(yPred.dataSync(), yTrue.dataSync(), end - start);
    });
  }
  // As while training, regularization is part of the loss.
  const penalties = tf.tidy(() => model.calculateLosses().reduce((sum, penalty) => sum + penalty.dataSync()[0], 0));
  return { loss: lossSum / x.count + penalties, ...(hasAccuracy && { accuracy: correct / x.count }) };
}

/**
 * Mean loss and accuracy of a compiled model (Keras: `Model.evaluate`).
 *
 * @param x Samples [n, …].
 * @param y Targets [n, …].
 * @param options batchSize: how many samples go through at a time, default 1024.
 * @throws {TypeError} When the model is not compiled or x and y do not go together.
 * @example const { accuracy } = await evaluate(model, test.x, test.y);
 */
export async function evaluate(
  model: tf.LayersModel,
  x: Samples,
  y: Samples,
  options: { batchSize?: number } = {},
): Promise<Evaluation> {
  await ready();
  const samples = toRows(x, "x");
  const targets = toRows(y, "y");
  checkPairs(samples, targets, "x and y");
  return evaluateRows(model, samples, targets, options.batchSize ?? 1024);
}
