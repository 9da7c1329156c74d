import * as tf from "@tensorflow/tfjs";
import type { Quantizer } from "../quantizers/quantizer.js";

/** What tfjs's initializers have in common. */
export interface Initializer {
  apply(shape: number[], dtype?: tf.DataType): tf.Tensor;
  getClassName(): string;
  getConfig(): tf.serialization.ConfigDict;
  /** Factor of the variance, which the variance-scaling family has. */
  scale?: number;
}

/**
 * The factor on the variance of initial weights that lets a coarse format represent them
 * (QKeras: `QInitializer`): without it, weights drawn for a deep layer all round to zero.
 *
 * @param x Initial weights.
 * @param quantizer The format they will be quantized to.
 * @returns 1 where the format's resolution is finer than the weights' spread.
 */
export function varianceGain(x: Float32Array, shape: readonly number[], quantizer: Quantizer): number {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const std = Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length);
  if (quantizer.max() * 2 ** -quantizer.bits <= std) return 1;
  const q = quantizer.quantize(x, shape);
  if (q.every((value) => value === 0)) {
    const square = x.reduce((sum, value) => sum + value * value, 0) / x.length;
    return Math.max(quantizer.max() / Math.sqrt(square), 1);
  }
  let qx = 0;
  let qq = 0;
  q.forEach((value, i) => {
    qx += value * x[i];
    qq += value * value;
  });
  return Math.max(qq / qx, 1);
}

/**
 * Draws initial weights for a quantized layer: rescaled where the format is coarse, clipped to its range.
 *
 * @param initializer What draws them; its variance can be rescaled when it has a `scale`, as heNormal has.
 */
export function qInitializer(initializer: Initializer, quantizer: Quantizer): Initializer {
  return {
    getClassName: () => initializer.getClassName(),
    getConfig: () => initializer.getConfig(),
    apply: (shape, dtype) =>
      tf.tidy(() => {
        const x = initializer.apply(shape, dtype);
        const gain = initializer.scale === undefined ? 1 : varianceGain(x.dataSync() as Float32Array, shape, quantizer);
        // The scale multiplies the variance, so the weights grow by its square root.
        return tf.clipByValue(tf.mul(x, Math.sqrt(gain)), -quantizer.max(), quantizer.max());
      }),
  };
}
