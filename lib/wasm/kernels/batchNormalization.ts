/*
 * Batch normalization (Ioffe and Szegedy 2015; Keras: `BatchNormalization`): `y = gamma · (x - mean) / √(variance
 * + ε) + beta`, with mean and variance of the batch in training and their moving averages otherwise. All arrays
 * are [rows, stride] or [stride]; four columns are worked on at a time.
 */

/**
 * Forward pass in training; keeps what the backward pass needs and moves the averages.
 *
 * @param normalized [rows, stride], receives `(x - mean) / √(variance + ε)`
 * @param inverse    [stride], receives `1 / √(variance + ε)`
 */
export function batchNormalize(
  x: usize, y: usize, stride: usize, gamma: usize, beta: usize, movingMean: usize, movingVariance: usize,
  normalized: usize, inverse: usize, rows: usize, momentum: f64, epsilon: f32,
): void {
  const bytes = stride << 2;
  const end = rows * bytes;
  const n = f32x4.splat(<f32>rows);
  for (let column: usize = 0; column < bytes; column += 16) {
    let mean = f32x4.splat(0);
    for (let i: usize = column; i < end; i += bytes) mean = f32x4.add(mean, v128.load(x + i));
    mean = f32x4.div(mean, n);
    let variance = f32x4.splat(0);
    for (let i: usize = column; i < end; i += bytes) {
      const d = f32x4.sub(v128.load(x + i), mean);
      variance = f32x4.add(variance, f32x4.mul(d, d));
    }
    variance = f32x4.div(variance, n);
    const factor = f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(variance, f32x4.splat(epsilon))));
    v128.store(inverse + column, factor);
    const g = v128.load(gamma + column);
    const b = v128.load(beta + column);
    for (let i: usize = column; i < end; i += bytes) {
      const value = f32x4.mul(f32x4.sub(v128.load(x + i), mean), factor);
      v128.store(normalized + i, value);
      v128.store(y + i, f32x4.add(f32x4.mul(g, value), b));
    }
    move(movingMean + column, mean, momentum);
    move(movingVariance + column, variance, momentum);
  }
}

/** `average -= (average - value) · (1 - momentum)` */
// @ts-ignore: decorator
@inline
function move(average: usize, value: v128, momentum: f64): void {
  const old = v128.load(average);
  v128.store(average, f32x4.sub(old, f32x4.mul(f32x4.sub(old, value), f32x4.splat(<f32>(1 - momentum)))));
}

/**
 * Gradients of gamma, beta and the input:
 * `dx = gamma · inverse · (dy - mean(dy) - normalized · mean(dy · normalized))`.
 */
export function batchNormalizeGradient(
  dy: usize, dx: usize, stride: usize, gamma: usize, normalized: usize, inverse: usize, dGamma: usize, dBeta: usize,
  rows: usize,
): void {
  const bytes = stride << 2;
  const end = rows * bytes;
  const n = f32x4.splat(<f32>rows);
  for (let column: usize = 0; column < bytes; column += 16) {
    let sum = f32x4.splat(0);
    let sumNormalized = f32x4.splat(0);
    for (let i: usize = column; i < end; i += bytes) {
      const gradient = v128.load(dy + i);
      sum = f32x4.add(sum, gradient);
      sumNormalized = f32x4.add(sumNormalized, f32x4.mul(gradient, v128.load(normalized + i)));
    }
    v128.store(dBeta + column, sum);
    v128.store(dGamma + column, sumNormalized);
    const factor = f32x4.mul(v128.load(gamma + column), v128.load(inverse + column));
    const mean = f32x4.div(sum, n);
    const meanNormalized = f32x4.div(sumNormalized, n);
    for (let i: usize = column; i < end; i += bytes) {
      const centered = f32x4.sub(f32x4.sub(v128.load(dy + i), mean), f32x4.mul(v128.load(normalized + i), meanNormalized));
      v128.store(dx + i, f32x4.mul(factor, centered));
    }
  }
}

/** Forward pass with the moving averages. */
export function batchNormalizeInference(
  x: usize, y: usize, stride: usize, gamma: usize, beta: usize, mean: usize, variance: usize, rows: usize, epsilon: f32,
): void {
  const bytes = stride << 2;
  const end = rows * bytes;
  for (let column: usize = 0; column < bytes; column += 16) {
    const factor = f32x4.div(
      v128.load(gamma + column),
      f32x4.sqrt(f32x4.add(v128.load(variance + column), f32x4.splat(epsilon))),
    );
    const m = v128.load(mean + column);
    const b = v128.load(beta + column);
    for (let i: usize = column; i < end; i += bytes) {
      v128.store(y + i, f32x4.add(f32x4.mul(f32x4.sub(v128.load(x + i), m), factor), b));
    }
  }
}
