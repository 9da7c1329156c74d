import { clamp } from "./clamp";

/*
 * Arithmetic on weights, number by number; `bytes` is the size, a multiple of 16.
 */

/** `y = x · mask`: pruning and dropout, their gradients too. */
export function multiply(x: usize, mask: usize, y: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(y + i, f32x4.mul(v128.load(x + i), v128.load(mask + i)));
  }
}

/** `sum = sum + x`: the gradient of what goes two ways. */
export function accumulate(x: usize, sum: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(sum + i, f32x4.add(v128.load(sum + i), v128.load(x + i)));
  }
}

/** `w = clip(w, low, high)` */
export function clip(w: usize, bytes: usize, low: f32, high: f32): void {
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  for (let i: usize = 0; i < bytes; i += 16) v128.store(w + i, clamp(v128.load(w + i), l, h));
}

/**
 * Adds the gradient of `l1 · Σ|w| + l2 · Σw²` to g. As in Keras the slope of |w| is 0 at 0.
 *
 * @returns the penalty
 */
export function addRegularizer(w: usize, g: usize, bytes: usize, l1: f32, l2: f32): f64 {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(l1);
  const two = f32x4.splat(2 * l2);
  let magnitudes = f64x2.splat(0);
  let squares = magnitudes;
  for (let i: usize = 0; i < bytes; i += 16) {
    const value = v128.load(w + i);
    const sign = v128.bitselect(one, f32x4.neg(one), f32x4.gt(value, zero));
    const slope = f32x4.add(v128.and(sign, f32x4.ne(value, zero)), f32x4.mul(two, value));
    v128.store(g + i, f32x4.add(v128.load(g + i), slope));
    const low = f64x2.promote_low_f32x4(value);
    const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(value, value, 2, 3, 2, 3));
    magnitudes = f64x2.add(magnitudes, f64x2.add(f64x2.abs(low), f64x2.abs(high)));
    squares = f64x2.add(squares, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
  }
  const l1Sum = f64x2.extract_lane(magnitudes, 0) + f64x2.extract_lane(magnitudes, 1);
  const l2Sum = f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
  return <f64>l1 * l1Sum + <f64>l2 * l2Sum;
}
