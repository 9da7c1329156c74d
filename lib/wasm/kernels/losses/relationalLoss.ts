/** Distances are taken from this squared on: there is a slope of the root above 0 only. */
const SMALLEST: f32 = 1e-12;

/**
 * The distances of all pairs of rows, (0, 1), (0, 2), …, (1, 2), …, one behind the other.
 *
 * @returns their mean
 */
function distances(x: usize, bytes: usize, columns: usize, batch: usize, d: usize): f32 {
  let sum: f64 = 0;
  let pairs: f64 = 0;
  for (let i: usize = 0; i < batch; i++) {
    for (let k = i + 1; k < batch; k++, d += 4, pairs += 1) {
      let square: f32 = 0;
      for (let j: usize = 0; j < columns << 2; j += 4) {
        const difference = load<f32>(x + i * bytes + j) - load<f32>(x + k * bytes + j);
        square += difference * difference;
      }
      const distance = Mathf.sqrt(max<f32>(square, SMALLEST));
      store<f32>(d, distance);
      sum += <f64>distance;
    }
  }
  return pairs > 0 ? <f32>(sum / pairs) : 0;
}

/**
 * How far the distances between the samples of a batch are from those of a teacher, each in units of their mean (Park et
 * al. 2019, RKD-D): with d the distance of two rows, μ the mean over all pairs, and h the Huber loss, e²/2 up to 1 and
 * |e| - 1/2 beyond, `loss = 1/n² · Σ h(d / μ - d' / μ')` over all ordered pairs. As μ depends on each distance,
 * `dd = 2/n² · (h' / μ - Σ h' · d / (μ² · pairs))` for a pair, and `dx = Σ dd · (x - x') / d`.
 *
 * @param x [batch, columns], rows `stride` numbers apart
 * @param t [batch, tColumns], the teacher's
 * @param dx gradient, as x
 * @param weight what the loss counts
 * @param room for the distances, batch · (batch - 1) numbers
 * @returns weight · loss · batch
 */
export function relationalLoss(
  x: usize, stride: usize, columns: usize, t: usize, tColumns: usize, dx: usize, batch: usize, weight: f32, room: usize,
): f64 {
  const bytes = stride << 2;
  for (let i: usize = 0; i < batch * bytes; i += 16) v128.store(dx + i, f32x4.splat(0));
  if (batch < 2) return 0;
  const pairs = (batch * (batch - 1)) >> 1;
  const d = room;
  const target = room + (pairs << 2);
  const mean = distances(x, bytes, columns, batch, d);
  const tMean = distances(t, tColumns << 2, tColumns, batch, target);
  let loss: f64 = 0;
  let slopes: f64 = 0; // Σ h' · d
  for (let p: usize = 0; p < pairs << 2; p += 4) {
    const distance = load<f32>(d + p);
    const error = distance / mean - load<f32>(target + p) / tMean;
    const size = abs<f32>(error);
    loss += <f64>(size < 1 ? <f32>0.5 * error * error : size - <f32>0.5);
    const slope = max<f32>(-1, min<f32>(1, error));
    slopes += <f64>(slope * distance);
    store<f32>(target + p, slope);
  }
  const scale: f32 = weight * 2 / <f32>batch / <f32>batch;
  const shared: f32 = <f32>(slopes / <f64>pairs) / mean / mean;
  let p: usize = 0;
  for (let i: usize = 0; i < batch; i++) {
    for (let k = i + 1; k < batch; k++, p += 4) {
      const distance = load<f32>(d + p);
      if (distance * distance <= SMALLEST) continue;
      const factor = (scale * (load<f32>(target + p) / mean - shared)) / distance;
      for (let j: usize = 0; j < columns << 2; j += 4) {
        const one = i * bytes + j;
        const other = k * bytes + j;
        const step = factor * (load<f32>(x + one) - load<f32>(x + other));
        store<f32>(dx + one, load<f32>(dx + one) + step);
        store<f32>(dx + other, load<f32>(dx + other) - step);
      }
    }
  }
  return <f64>scale * loss * <f64>batch;
}
