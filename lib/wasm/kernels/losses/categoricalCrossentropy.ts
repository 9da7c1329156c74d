import { clipped } from "./clipped";

/**
 * Cross-entropy of one-hot targets t and outputs p that are brought to the sum 1 (tfjs and Keras:
 * `categorical_crossentropy`): `q = p / Σp`, `loss = -Σ t · log q` with q between ε and 1 - ε.
 *
 * @param p       [batch, classes], rows `stride` numbers apart
 * @param t       [batch, classes], rows `classes` numbers apart
 * @param weights [batch], what a sample's loss is multiplied by
 * @param dp      gradient of the mean loss, as p
 * @param clipFirst brings p between ε and 1 - ε before the division too, as the sparse loss does
 * @returns the sum of the weighted losses
 */
export function categoricalCrossentropy(
  p: usize, stride: usize, t: usize, weights: usize, dp: usize, batch: usize, classes: usize, clipFirst: bool,
): f64 {
  let total: f64 = 0;
  for (let i: usize = 0; i < batch; i++, p += stride << 2, dp += stride << 2, t += classes << 2) {
    const weight = load<f32>(weights + (i << 2));
    let sum: f32 = 0;
    for (let j: usize = 0; j < classes << 2; j += 4) {
      const value = load<f32>(p + j);
      sum += clipFirst ? clipped(value) : value;
    }
    let loss: f32 = 0;
    let common: f32 = 0; // Σ dq · q
    for (let j: usize = 0; j < classes << 2; j += 4) {
      const value = load<f32>(p + j);
      const q = (clipFirst ? clipped(value) : value) / sum;
      const target = load<f32>(t + j);
      if (target === 0) continue;
      loss -= target * Mathf.log(clipped(q));
      if (q === clipped(q)) common -= target;
    }
    const factor = weight / <f32>batch / sum;
    for (let j: usize = 0; j < classes << 2; j += 4) {
      const value = load<f32>(p + j);
      const inside = clipFirst ? clipped(value) : value;
      const q = inside / sum;
      const target = load<f32>(t + j);
      const dq: f32 = target !== 0 && q === clipped(q) ? -target / q : 0;
      store<f32>(dp + j, inside === value ? factor * (dq - common) : 0);
    }
    total += <f64>weight * <f64>loss;
  }
  return total;
}
