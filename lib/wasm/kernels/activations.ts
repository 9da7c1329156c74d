/*
 * Activations and their gradients. `x` is what goes in, `y` what comes out, `dy` the gradient of y, `dx`
 * that of x; `bytes` is the size of each, a multiple of 16, unless rows and columns are given.
 */

/** `y = max(x, 0)`, and NaN where x is: 0 where `x <= 0`, else x */
export function relu(x: usize, y: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    const value = v128.load(x + i);
    v128.store(y + i, v128.andnot(value, f32x4.le(value, zero)));
  }
}

/** `dx = dy where x > 0, else 0` */
export function reluGradient(x: usize, dy: usize, dx: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(dx + i, v128.and(v128.load(dy + i), f32x4.gt(v128.load(x + i), zero)));
  }
}

/** `y = 1 / (1 + exp(-x))` */
export function sigmoid(x: usize, y: usize, rows: usize, columns: usize, stride: usize): void {
  for (let row: usize = 0; row < rows; row++, x += stride << 2, y += stride << 2) {
    for (let i: usize = 0; i < columns << 2; i += 4) store<f32>(y + i, <f32>1 / (Mathf.exp(-load<f32>(x + i)) + 1));
  }
}

/** `dx = dy · y · (1 - y)` */
export function sigmoidGradient(y: usize, dy: usize, dx: usize, bytes: usize): void {
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < bytes; i += 16) {
    const s = v128.load(y + i);
    v128.store(dx + i, f32x4.mul(v128.load(dy + i), f32x4.mul(s, f32x4.sub(one, s))));
  }
}

/** `y = tanh(x)` */
export function tanh(x: usize, y: usize, rows: usize, columns: usize, stride: usize): void {
  for (let row: usize = 0; row < rows; row++, x += stride << 2, y += stride << 2) {
    for (let i: usize = 0; i < columns << 2; i += 4) store<f32>(y + i, Mathf.tanh(load<f32>(x + i)));
  }
}

/** `dx = dy · (1 - y²)` */
export function tanhGradient(y: usize, dy: usize, dx: usize, bytes: usize): void {
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < bytes; i += 16) {
    const t = v128.load(y + i);
    v128.store(dx + i, f32x4.mul(v128.load(dy + i), f32x4.sub(one, f32x4.mul(t, t))));
  }
}

/** `y = exp(x - max x) / Σ exp(x - max x)`, row by row */
export function softmax(x: usize, y: usize, rows: usize, columns: usize, stride: usize): void {
  for (let row: usize = 0; row < rows; row++, x += stride << 2, y += stride << 2) {
    let largest = load<f32>(x);
    for (let i: usize = 4; i < columns << 2; i += 4) largest = max<f32>(largest, load<f32>(x + i));
    let sum: f32 = 0;
    for (let i: usize = 0; i < columns << 2; i += 4) {
      const e = Mathf.exp(load<f32>(x + i) - largest);
      store<f32>(y + i, e);
      sum += e;
    }
    for (let i: usize = 0; i < columns << 2; i += 4) store<f32>(y + i, load<f32>(y + i) / sum);
  }
}

/** `dx = y · (dy - Σ dy · y)`, row by row */
export function softmaxGradient(y: usize, dy: usize, dx: usize, rows: usize, columns: usize, stride: usize): void {
  for (let row: usize = 0; row < rows; row++, y += stride << 2, dy += stride << 2, dx += stride << 2) {
    let sum: f32 = 0;
    for (let i: usize = 0; i < columns << 2; i += 4) sum += load<f32>(dy + i) * load<f32>(y + i);
    for (let i: usize = 0; i < columns << 2; i += 4) {
      store<f32>(dx + i, load<f32>(y + i) * (load<f32>(dy + i) - sum));
    }
  }
}
