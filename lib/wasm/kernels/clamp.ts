/**
 * `min(max(x, low), high)` for low <= high; -0 becomes 0 where low is 0, and NaN stays NaN.
 *
 * `f32x4.max` and `f32x4.min` give the same in eight instructions each, for every kind of zero and NaN.
 */
// @ts-ignore: decorator
@inline
export function clamp(x: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(v128.bitselect(low, x, f32x4.le(x, low)), high);
}
