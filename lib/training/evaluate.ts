import type * as tf from "@tensorflow/tfjs";
import { ready } from "../backend.js";
import { checkData } from "./checkData.js";
import { checkNames } from "./checkOptions.js";
import { compiled } from "./compiled.js";
import type { Evaluation } from "./engine.js";
import { evaluateRows } from "./evaluateRows.js";
import { kernelInference } from "./kernelInference.js";
import { checkCount } from "./prepareFit.js";
import { combineWeights } from "./sampleWeights.js";
import { toRows } from "./samples.js";
import type { Samples } from "./samples.js";

export type { Evaluation } from "./engine.js";

/**
 * Mean loss and accuracy of a compiled model (Keras: `Model.evaluate`).
 *
 * @param x Samples [n, …].
 * @param y Targets [n, …].
 * @param options batchSize: how many samples go through at a time; sampleWeight: what each counts in the loss.
 * @throws {TypeError} When the model is not compiled, or x and y do not go together or have other shapes than the model
 *   and its loss.
 * @throws {RangeError} When there are no samples, or a label is out of range.
 * @example const { accuracy } = await evaluate(model, test.x, test.y);
 */
export async function evaluate(
  model: tf.LayersModel,
  x: Samples,
  y: Samples,
  options: { batchSize?: number; sampleWeight?: ArrayLike<number> } = {},
): Promise<Evaluation> {
  await ready();
  const training = compiled(model);
  checkNames("evaluate", options, ["batchSize", "sampleWeight"]);
  const { x: samples, y: targets } = checkData(model, training, { x: toRows(x, "x"), y: toRows(y, "y") });
  if (options.batchSize !== undefined) checkCount("batchSize", options.batchSize);
  const { described, hasAccuracy } = training;
  const weights = combineWeights(targets, training.classes, options.sampleWeight, undefined);
  const network = typeof described === "string" ? null : kernelInference(model, described, samples.count, options.batchSize);
  if (!network || typeof described === "string") return evaluateRows(model, samples, targets, options.batchSize ?? 1024, weights);
  const { loss, accuracy } = network.evaluate(samples, targets, weights);
  return { loss, ...(hasAccuracy && { accuracy }) };
}
