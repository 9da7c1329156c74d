import type * as tf from "@tensorflow/tfjs";
import { endingOf } from "../training/endsInSoftmax.js";
import { outputsOf } from "../training/predict.js";
import type { PredictOptions } from "../training/predict.js";
import type { Samples } from "../training/samples.js";
import { asLogits } from "./logits.js";
import type { Logits } from "./logits.js";

/**
 * The logits of a model for all samples: of one that ends in a softmax what the softmax is computed of, of another its
 * outputs.
 *
 * @param model Ends in a softmax or in logits.
 * @param x Samples [n, …].
 * @param options See `PredictOptions`.
 * @returns [n, classes]
 * @throws {TypeError} When the model ends in a sigmoid, or the samples have another shape than its input.
 * @example const soft = softLabels(await predictLogits(teacher, train.x), { temperature: 4 });
 */
export async function predictLogits(model: tf.LayersModel, x: Samples, options: PredictOptions = {}): Promise<Logits> {
  const ending = endingOf(model);
  if (ending === "sigmoid") throw new TypeError(`Expected ${model.name} to end in a softmax or in logits but found a sigmoid.`);
  return asLogits(await outputsOf(model, x, options, ending === "softmax"));
}
