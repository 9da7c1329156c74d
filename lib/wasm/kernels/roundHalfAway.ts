/** Rounds four numbers to whole ones, halves away from zero; what lies behind the point is exact. A zero is positive. */
// @ts-ignore: decorator
@inline
export function roundHalfAway(x: v128): v128 {
  const whole = f32x4.trunc(x);
  const isUp = f32x4.ge(f32x4.abs(f32x4.sub(x, whole)), f32x4.splat(0.5));
  const one = v128.or(v128.and(x, i32x4.splat(i32.MIN_VALUE)), f32x4.splat(1));
  return f32x4.add(whole, v128.and(one, isUp));
}
