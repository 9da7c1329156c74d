import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../data/matrix.js";
import type { DescribedLoss } from "../training/compiled.js";
import type { Logits } from "./logits.js";
import { checkTemperature } from "./softLabels.js";

/** Arguments of `distillationLoss`. */
export interface DistillationLossArgs {
  /** Divides the logits of both networks before the softmax, above 0. Default 4. */
  temperature?: number;
  /** Share of the labels in the loss, 0 to 1; the rest is the teacher's. Default .1. */
  alpha?: number;
  /**
   * Whether student and teacher give logits (true) or what a softmax made of them (false). `fit` finds out of a model by
   * itself, and takes the logits from before a softmax; whoever calls the loss as a function has to say it.
   */
  fromLogits?: boolean;
}

/** Throws unless a number is a share. */
export function checkShare(name: string, share: number): void {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`Expected ${name} to lie between 0 and 1 but found ${share}.`);
}

/** The cross-entropy with the labels alone, as a loss of distillation; a sample without a label has none. */
export const labelsOnly = { kind: "distillation", temperature: 1, alpha: 1 } as const;

/** Of labels [batch, classes] and logits [batch, classes] of teacher and student, a number a sample. */
export function distillationOnLogits(labels: tf.Tensor, teacher: tf.Tensor, student: tf.Tensor, temperature: number, alpha: number): tf.Tensor {
  return tf.tidy(() => {
    const crossEntropy = tf.neg(tf.sum(tf.mul(labels, tf.logSoftmax(student)), -1));
    const logTeacher = tf.logSoftmax(tf.div(teacher, temperature));
    const logStudent = tf.logSoftmax(tf.div(student, temperature));
    const divergence = tf.sum(tf.mul(tf.exp(logTeacher), tf.sub(logTeacher, logStudent)), -1);
    return tf.add(tf.mul(alpha, crossEntropy), tf.mul((1 - alpha) * temperature ** 2, divergence));
  });
}

/**
 * The loss of a student that learns from labels and from a teacher's logits:
 * `alpha · CE(labels, softmax(student)) + (1 - alpha) · T² · KL(softmax(teacher / T) || softmax(student / T))`.
 *
 * Hinton, Vinyals and Dean 2015 (arXiv:1503.02531). `fit` computes it on logits: of a student that ends in a softmax it takes
 * them from before that. The targets are made by `distillationTargets`.
 *
 * @returns A loss for `model.compile`, a number a sample.
 * @throws {RangeError} When the temperature or alpha is out of range.
 * @throws {TypeError} When it is called as a function and was not told `fromLogits`.
 * @example
 * student.compile({ optimizer: adam(1e-3), loss: distillationLoss({ temperature: 4, alpha: 0.1 }), metrics: ["accuracy"] });
 * await fit(student, train.x, distillationTargets(train.y, await predictLogits(teacher, train.x)), { epochs: 10 });
 */
export function distillationLoss({ temperature = 4, alpha = 0.1, fromLogits }: DistillationLossArgs = {}): DescribedLoss {
  checkTemperature(temperature);
  checkShare("alpha", alpha);
  const onLogits = (yTrue: tf.Tensor, student: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      const [labels, teacher] = tf.split(yTrue, 2, -1);
      return distillationOnLogits(labels, teacher, student, temperature, alpha);
    });
  const loss = (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor => {
    if (fromLogits === undefined) {
      throw new TypeError("Expected distillationLoss to be told fromLogits, true or false, where it is called as a function.");
    }
    if (fromLogits) return onLogits(yTrue, yPred);
    return tf.tidy(() => {
      const [labels, teacher] = tf.split(yTrue, 2, -1);
      // The logarithm of a softmax is its logits but for a constant, which the next softmax does not see.
      const [z, x] = [teacher, yPred].map((shares) => tf.log(tf.maximum(shares, 1e-38)));
      return distillationOnLogits(labels, z, x, temperature, alpha);
    });
  };
  return Object.assign(loss, { description: { kind: "distillation", temperature, alpha } as const, onLogits, fromLogits });
}

/**
 * Targets for `distillationLoss`: each row holds a sample's one-hot label and then the teacher's logits for it.
 *
 * @param labels [n, classes], one-hot.
 * @param teacher [n, classes], what the teacher gives before its softmax, as `predictLogits` has it.
 * @returns [n, 2 · classes]
 * @throws {TypeError} When the shapes differ, or the teacher's are probabilities.
 */
export function distillationTargets(labels: Matrix, teacher: Logits): Matrix {
  for (const [name, { values } = {} as Partial<Matrix>] of [["labels", labels], ["the teacher's logits", teacher]] as const) {
    if (!(values instanceof Float32Array)) throw new TypeError(`Expected ${name} as {values: Float32Array, shape: [n, classes]} but found something else.`);
  }
  const { are } = teacher as { are?: string };
  if (are === "probabilities") throw new TypeError("Expected the teacher's logits but found probabilities: take those of predictLogits.");
  if (teacher.shape.join() !== labels.shape.join()) {
    throw new TypeError(`Expected the teacher's logits in the shape [${labels.shape}] but found [${teacher.shape}].`);
  }
  return joinColumns([labels, teacher]);
}

/** Matrices of as many rows side by side, [n, sum of their columns]. */
export function joinColumns(parts: Matrix[]): Matrix {
  const [count] = parts[0].shape;
  const columns = parts.reduce((sum, { shape }) => sum + shape[1], 0);
  const values = new Float32Array(count * columns);
  let offset = 0;
  for (const { values: from, shape: [, size] } of parts) {
    for (let i = 0; i < count; i++) values.set(from.subarray(i * size, (i + 1) * size), i * columns + offset);
    offset += size;
  }
  return { values, shape: [count, columns] };
}
