/**
 * Mean of the squared differences over the outputs (tfjs and Keras: `mean_squared_error`).
 *
 * Parameters and result as in `categoricalCrossentropy`.
 */
export function meanSquaredError(
  p: usize, stride: usize, t: usize, weights: usize, dp: usize, batch: usize, outputs: usize,
): f64 {
  let total: f64 = 0;
  for (let i: usize = 0; i < batch; i++, p += stride << 2, dp += stride << 2, t += outputs << 2) {
    const weight = load<f32>(weights + (i << 2));
    const factor = (weight * 2) / <f32>batch / <f32>outputs;
    let loss: f32 = 0;
    for (let j: usize = 0; j < outputs << 2; j += 4) {
      const difference = load<f32>(p + j) - load<f32>(t + j);
      loss += difference * difference;
      store<f32>(dp + j, factor * difference);
    }
    total += <f64>weight * <f64>(loss / <f32>outputs);
  }
  return total;
}
