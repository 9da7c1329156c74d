import * as tf from "@tensorflow/tfjs";
import { isOfLogits } from "../network/loss.js";
import type { Loss } from "../network/loss.js";
import { kindOf } from "../data/kindOf.js";
import { endingOf } from "./endsInSoftmax.js";

/** What `model.compile` left for training. */
export interface Compiled {
  optimizer: tf.Optimizer;
  /** Loss of each sample, or their mean. */
  loss: (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor;
  /** What the loss is, where it has a kernel; else its name. */
  described: Loss | string;
  /** Whether the loss is a function of which nothing else is known. */
  hasOwnLoss: boolean;
  hasAccuracy: boolean;
  /** Whether the loss is of the logits of a model that ends in a softmax. */
  leavesSoftmax: boolean;
  /** How many of the model's outputs, the first ones, are the classes'. */
  classes: number;
}

/** A loss function that says what it is and, where it is of logits, computes itself from them. */
export interface DescribedLoss {
  (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor;
  readonly description: Loss;
  readonly onLogits: (yTrue: tf.Tensor, logits: tf.Tensor) => tf.Tensor;
  /** Whether the model's outputs were said to be logits; undefined where nothing was said. */
  readonly fromLogits?: boolean;
}

const named: readonly string[] = [
  "categoricalCrossentropy",
  "sparseCategoricalCrossentropy",
  "binaryCrossentropy",
  "meanSquaredError",
] satisfies Loss["kind"][];

function describeLoss(loss: unknown): Loss | string {
  if (typeof loss === "string") return named.includes(loss) ? ({ kind: loss } as Loss) : loss;
  if (loss === tf.losses.softmaxCrossEntropy) return { kind: "softmaxCrossEntropy" };
  if (typeof loss !== "function") return "an unknown loss";
  return "description" in loss ? (loss.description as Loss) : `the function ${loss.name || "without a name"}`;
}

/** `tf.losses.softmaxCrossEntropy` as a number a sample, which sample weights need, instead of its mean. */
const softmaxCrossEntropy: Compiled["loss"] = (yTrue, yPred) =>
  tf.losses.softmaxCrossEntropy(yTrue, yPred, undefined, 0, tf.Reduction.NONE);

/** Throws unless logits can be had of a model for a loss of logits. */
function checkEnding(model: tf.LayersModel, { description, fromLogits }: DescribedLoss): void {
  const ending = endingOf(model);
  const kind = description.kind === "weightedSum" ? "distillation" : description.kind;
  if (typeof ending === "string" && ending !== "softmax" && ending !== "linear") {
    throw new TypeError(`Expected ${model.name} to end in a softmax or in logits for ${kind} but found a ${ending}.`);
  }
  if (fromLogits === true && ending === "softmax") {
    throw new TypeError(`Expected ${model.name} to end in logits, as ${kind} was told by fromLogits, but found a softmax: leave fromLogits out.`);
  }
  if (fromLogits === false && ending !== "softmax") {
    throw new TypeError(`Expected ${model.name} to end in a softmax, as ${kind} was told by fromLogits: false, but found none.`);
  }
}

/** Throws unless it is a model. */
export function checkModel(model: tf.LayersModel): void {
  if (!(model instanceof tf.LayersModel)) throw new TypeError(`Expected model to be a tf.LayersModel but found ${kindOf(model)}.`);
}

/**
 * Reads loss, optimizer and metrics of a compiled model.
 *
 * @throws {TypeError} When it is no model, is not compiled, has several outputs, a metric other than accuracy, or ends in
 *   something else than its loss was told or can take.
 */
export function compiled(model: tf.LayersModel): Compiled {
  checkModel(model);
  // A sequential model keeps what it was compiled with in the functional model inside it.
  const holder = model instanceof tf.Sequential ? (model as unknown as { model?: tf.LayersModel }).model : model;
  const { optimizer, loss, lossFunctions, metrics } = (holder ?? model) as unknown as {
    optimizer?: tf.Optimizer;
    loss: unknown;
    lossFunctions?: Compiled["loss"][];
    metrics?: string | unknown[];
  };
  if (!optimizer || !lossFunctions) {
    throw new TypeError('The model is not compiled: call model.compile({optimizer, loss, metrics: ["accuracy"]}) first.');
  }
  if (lossFunctions.length !== 1 || model.inputs.length !== 1) {
    throw new TypeError(`Expected a model with one input and one output but found ${model.inputs.length} and ${lossFunctions.length}.`);
  }
  const names = typeof metrics === "string" ? [metrics] : (metrics ?? []);
  const unknown = names.filter((name) => name !== "accuracy" && name !== "acc");
  if (unknown.length > 0) throw new TypeError(`Expected the metric "accuracy" or none but found ${unknown.map(String).join(", ")}.`);
  const only: unknown = Array.isArray(loss) ? loss[0] : loss;
  const described = describeLoss(only);
  const ofLogits = isOfLogits(described);
  if (ofLogits) checkEnding(model, only as DescribedLoss);
  const isSoftmax = typeof described !== "string" && described.kind === "softmaxCrossEntropy";
  return {
    optimizer,
    loss: isSoftmax ? softmaxCrossEntropy : ofLogits ? (only as DescribedLoss).onLogits : lossFunctions[0],
    described,
    hasOwnLoss: typeof only !== "string" && typeof described === "string",
    hasAccuracy: names.length > 0,
    leavesSoftmax: ofLogits && endingOf(model) === "softmax",
    classes: (typeof described !== "string" && described.kind === "weightedSum" ? described.sizes[0] : model.outputs[0].shape.at(-1)) ?? 1,
  };
}
