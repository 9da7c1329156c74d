import * as tf from "@tensorflow/tfjs";
import type { LossPart, OutputLoss, WeightedSum } from "../network/loss.js";
import type { DescribedLoss } from "../training/compiled.js";
import { distillationOnLogits } from "./distillationLoss.js";
import { relationalLoss } from "./relationalLoss.js";

/** The same numbers, through which no gradient goes. */
const stopGradient = tf.customGrad((x) => {
  const value = (x as tf.Tensor).clone();
  return { value, gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy) };
}) as (x: tf.Tensor) => tf.Tensor;

/** A loss as a number a sample, or one for the batch. */
function lossOf(loss: OutputLoss, yTrue: tf.Tensor, y: tf.Tensor): tf.Tensor {
  switch (loss.kind) {
    case "softmaxCrossEntropy":
      return tf.neg(tf.sum(tf.mul(yTrue, tf.logSoftmax(y)), -1));
    case "meanSquaredError":
      return tf.mean(tf.squaredDifference(y, yTrue), -1);
    case "distillation": {
      const [labels, teacher] = tf.split(yTrue, 2, -1);
      return distillationOnLogits(labels, teacher, y, loss.temperature, loss.alpha);
    }
    case "relational":
      return relationalLoss(yTrue, y);
    case "categoricalCrossentropy":
    case "sparseCategoricalCrossentropy":
    case "binaryCrossentropy":
      throw new TypeError(`Expected a loss of logits or features in a weighted sum but found ${loss.kind}.`);
  }
}

/**
 * The weighted sum of the losses of several outputs, which a model's Concatenate at its end puts side by side; the first is
 * that of the classes, as logits.
 *
 * @returns A loss for `model.compile`, a number a sample.
 */
export function weightedSumLoss(description: WeightedSum): DescribedLoss {
  const { parts, sizes } = description;
  const onLogits = (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      // Not tf.split: with a single part it has no gradient.
      let from = 0;
      const outputs = sizes.map((size) => tf.slice(yPred, [0, (from += size) - size], [-1, size]));
      const targetsOf = ({ targets }: LossPart): tf.Tensor =>
        tf.concat(
          targets.map((slice) =>
            slice.of === "targets" ? tf.slice(yTrue, [0, slice.from], [-1, slice.size]) : stopGradient(outputs[slice.index]),
          ),
          -1,
        );
      const losses = parts.map((part) => tf.mul(part.weight, lossOf(part.loss, targetsOf(part), outputs[part.output])));
      return losses.reduce((sum, loss) => tf.add(sum, loss));
    });
  return Object.assign(onLogits.bind(null), { description, onLogits });
}
