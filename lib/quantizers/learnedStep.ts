import * as tf from "@tensorflow/tfjs";
import { roundHalfAwayFromZero } from "./roundHalfAwayFromZero.js";

/** What `learnedStep` takes. */
export interface LearnedStepOptions {
  /** Bits of a code, 2 to 16. Default 8. */
  bits?: number;
  /** Codes -2^(bits-1) to 2^(bits-1) - 1 instead of 0 to 2^bits - 1. Default true. */
  signed?: boolean;
  /** How many numbers share the step: the weights, or the activations of one sample. Default all of x. */
  count?: number;
}

/** How many codes there are below and above 0: Qn and Qp of the paper. */
export function stepLevels({ bits = 8, signed = true }: LearnedStepOptions): { below: number; above: number } {
  if (!Number.isInteger(bits) || bits < 2 || bits > 16) {
    throw new RangeError(`learnedStep: expected bits to be a whole number from 2 to 16 but found ${bits}.`);
  }
  return signed ? { below: 2 ** (bits - 1), above: 2 ** (bits - 1) - 1 } : { below: 0, above: 2 ** bits - 1 };
}

/** The step to start from: `2 mean|x| / sqrt(Qp)`; 0 where all numbers are 0. */
export function initialStep(x: Float32Array, options: LearnedStepOptions = {}): number {
  return (2 * x.reduce((sum, value) => sum + Math.abs(value), 0)) / x.length / Math.sqrt(stepLevels(options).above);
}

/**
 * Quantizes with a step that is trained too (LSQ; Esser et al. 2020, arXiv:1902.08153):
 * `q = step * round(clip(x / step, -Qn, Qp))`, halves away from zero.
 *
 * The gradient of x is 1 between the bounds, 0 elsewhere. That of the step is `round(x / step) - x / step` between
 * the bounds, else -Qn or Qp, times `1 / sqrt(count * Qp)`, so that the step learns as fast as the weights.
 *
 * @param x Any float32 tensor.
 * @param step A scalar above 0.
 * @returns A tensor of the shape of x.
 * @throws {RangeError} When bits is out of range or the step is not above 0.
 * @example
 * learnedStep(tf.tensor1d([0.3, 2, -2]), tf.scalar(0.25), { bits: 3 }).dataSync(); // [0.25, 0.75, -1]
 */
export function learnedStep<T extends tf.Tensor>(x: T, step: tf.Scalar, options: LearnedStepOptions = {}): T {
  const { below, above } = stepLevels(options);
  const op = tf.customGrad((input, size, save) => {
    const [values, scale] = [input as tf.Tensor, size as tf.Tensor];
    (save as tf.GradSaveFunc)([values, scale]);
    const [s] = scale.dataSync();
    if (!(s > 0)) throw new RangeError(`learnedStep: expected the step to be above 0 but found ${s}.`);
    const q = (values.dataSync() as Float32Array).map((value) => s * roundHalfAwayFromZero(Math.min(Math.max(value / s, -below), above)) + 0);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [at, stepAt] = saved;
      const [width] = stepAt.dataSync();
      const upstream = dy.dataSync();
      let dStep = 0;
      const dx = (at.dataSync() as Float32Array).map((value, i) => {
        const units = value / width;
        const inside = units > -below && units < above;
        dStep += upstream[i] * (inside ? roundHalfAwayFromZero(units) - units : units <= -below ? -below : above);
        return inside ? upstream[i] : 0;
      });
      const gain = 1 / Math.sqrt((options.count ?? at.size) * above);
      return [tf.tensor(dx, at.shape), tf.tensor([dStep * gain], stepAt.shape)];
    };
    return { value: tf.tensor(q, values.shape), gradFunc };
  });
  return op(x, step) as T;
}
