import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../data/matrix.js";
import type { Loss } from "../network/loss.js";

/** Arguments of `distillationLoss`. */
export interface DistillationLossArgs {
  /** Divides the logits of both networks before the softmax, above 0. Default 4. */
  temperature?: number;
  /** Share of the labels in the loss, 0 to 1; the rest is the teacher's. Default .1. */
  alpha?: number;
}

/** A loss that `model.compile` takes and that says what it is. */
export interface DistillationLoss {
  (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor;
  readonly description: Loss & { kind: "distillation" };
}

/**
 * The loss of a student that learns from labels and from a teacher's logits:
 * `alpha · CE(labels, softmax(student)) + (1 - alpha) · T² · KL(softmax(teacher / T) || softmax(student / T))`.
 *
 * Hinton, Vinyals and Dean 2015 (arXiv:1503.02531). The student must end in logits: `fit` refuses one with a softmax at
 * its end. The targets are made by `distillationTargets`.
 *
 * @returns A loss for `model.compile`, a number a sample.
 * @throws {RangeError} When the temperature or alpha is out of range.
 * @example
 * student.compile({ optimizer: adam(1e-3), loss: distillationLoss({ temperature: 4, alpha: 0.1 }), metrics: ["accuracy"] });
 * await fit(student, train.x, distillationTargets(train.y, await predict(teacher, train.x)), { epochs: 10 });
 */
export function distillationLoss({ temperature = 4, alpha = 0.1 }: DistillationLossArgs = {}): DistillationLoss {
  if (!(temperature > 0)) throw new RangeError(`Expected temperature to be above 0 but found ${temperature}.`);
  if (!(alpha >= 0 && alpha <= 1)) throw new RangeError(`Expected alpha to lie between 0 and 1 but found ${alpha}.`);
  const loss = (yTrue: tf.Tensor, yPred: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      const [labels, teacher] = tf.split(yTrue, 2, -1);
      const crossEntropy = tf.neg(tf.sum(tf.mul(labels, tf.logSoftmax(yPred)), -1));
      const logTeacher = tf.logSoftmax(tf.div(teacher, temperature));
      const logStudent = tf.logSoftmax(tf.div(yPred, temperature));
      const divergence = tf.sum(tf.mul(tf.exp(logTeacher), tf.sub(logTeacher, logStudent)), -1);
      return tf.add(tf.mul(alpha, crossEntropy), tf.mul((1 - alpha) * temperature ** 2, divergence));
    });
  return Object.assign(loss, { description: { kind: "distillation", temperature, alpha } as const });
}

/**
 * Targets for `distillationLoss`: each row holds a sample's one-hot label and then the teacher's logits for it.
 *
 * @param labels [n, classes], one-hot.
 * @param teacherLogits [n, classes], what the teacher gives before its softmax.
 * @returns [n, 2 · classes]
 * @throws {TypeError} When the shapes differ.
 */
export function distillationTargets(labels: Matrix, teacherLogits: Matrix): Matrix {
  const [count, classes] = labels.shape;
  if (teacherLogits.shape.join() !== labels.shape.join()) {
    throw new TypeError(`Expected teacherLogits of shape [${labels.shape}] but found [${teacherLogits.shape}].`);
  }
  const values = new Float32Array(2 * labels.values.length);
  for (let i = 0; i < count; i++) {
    values.set(labels.values.subarray(i * classes, (i + 1) * classes), 2 * i * classes);
    values.set(teacherLogits.values.subarray(i * classes, (i + 1) * classes), (2 * i + 1) * classes);
  }
  return { values, shape: [count, 2 * classes] };
}
