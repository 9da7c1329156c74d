import { logSumExp } from "./logSumExp";

/**
 * Cross-entropy of one-hot targets t and the softmax of logits (tfjs: `tf.losses.softmaxCrossEntropy`):
 * `loss = -Σ t · log softmax(x)`, `dx = softmax(x) - t`.
 *
 * Parameters and result as in `categoricalCrossentropy`.
 */
export function softmaxCrossEntropy(
  x: usize, stride: usize, t: usize, weights: usize, dx: usize, batch: usize, classes: usize,
): f64 {
  let total: f64 = 0;
  for (let i: usize = 0; i < batch; i++, x += stride << 2, dx += stride << 2, t += classes << 2) {
    const weight = load<f32>(weights + (i << 2));
    const factor = weight / <f32>batch;
    const lse = logSumExp(x, classes, 1);
    let loss: f32 = 0;
    for (let j: usize = 0; j < classes << 2; j += 4) {
      const target = load<f32>(t + j);
      const logProbability = load<f32>(x + j) - lse;
      loss -= target * logProbability;
      store<f32>(dx + j, factor * (Mathf.exp(logProbability) - target));
    }
    total += <f64>weight * <f64>loss;
  }
  return total;
}
