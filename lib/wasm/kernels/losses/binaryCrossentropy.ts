import { clipped } from "./clipped";

/**
 * Cross-entropy of independent probabilities p, the mean over the outputs (tfjs and Keras:
 * `binary_crossentropy`): `loss = -mean(t · log p + (1 - t) · log(1 - p))` with p between ε and 1 - ε.
 *
 * Parameters and result as in `categoricalCrossentropy`.
 */
export function binaryCrossentropy(
  p: usize, stride: usize, t: usize, weights: usize, dp: usize, batch: usize, outputs: usize,
): f64 {
  let total: f64 = 0;
  for (let i: usize = 0; i < batch; i++, p += stride << 2, dp += stride << 2, t += outputs << 2) {
    const weight = load<f32>(weights + (i << 2));
    const factor = weight / <f32>batch / <f32>outputs;
    let loss: f32 = 0;
    for (let j: usize = 0; j < outputs << 2; j += 4) {
      const value = load<f32>(p + j);
      const q = clipped(value);
      const target = load<f32>(t + j);
      // By way of the logit, as tfjs: max(x, 0) - x · t + log(1 + exp(-|x|)).
      const x = Mathf.log(q / (<f32>1 - q));
      loss += max<f32>(x, 0) - x * target + Mathf.log1p(Mathf.exp(-Mathf.abs(x)));
      store<f32>(dp + j, q === value ? (factor * (q - target)) / (q * (<f32>1 - q)) : 0);
    }
    total += <f64>weight * <f64>(loss / <f32>outputs);
  }
  return total;
}
