import { roundHalfAway } from "../roundHalfAway";

/*
 * What real numbers become at the input of an integer program, each code less the zero point: `clip(round(x / step), low,
 * high)`, NaN to 0. Then `offset` is taken off: less the zero point, and 2^15 more for 16 bits without a sign.
 *
 * Fixed-point formats round halves to even, and are given 1 / step, a power of two. Affine ones round halves away from zero,
 * and are given the step; the quotient is float32.
 */

/**
 * Codes of at most 16 bits, eight at a time.
 *
 * @param x      float32, a multiple of eight numbers
 * @param codes  int16, as many
 * @param factor 1 / step, or the step of affine codes
 */
// @ts-ignore: decorator
@inline
function codes16(
  x: usize, codes: usize, count: usize, factor: f32, low: f32, high: f32, offset: i32, isAffine: bool,
): void {
  const f = f32x4.splat(factor);
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  const o = i32x4.splat(offset);
  for (const end = x + (count << 2); x < end; x += 32, codes += 16) {
    const a = v128.load(x), b = v128.load(x, 16);
    const roundA = isAffine ? roundHalfAway(f32x4.div(a, f)) : f32x4.nearest(f32x4.mul(a, f));
    const roundB = isAffine ? roundHalfAway(f32x4.div(b, f)) : f32x4.nearest(f32x4.mul(b, f));
    const first = i32x4.sub(i32x4.trunc_sat_f32x4_s(f32x4.min(f32x4.max(roundA, l), h)), o);
    const second = i32x4.sub(i32x4.trunc_sat_f32x4_s(f32x4.min(f32x4.max(roundB, l), h)), o);
    v128.store(codes, i16x8.narrow_i32x4_s(first, second));
  }
}

/** Fixed-point codes of at most 16 bits. */
export function integerCodes16(x: usize, codes: usize, count: usize, perStep: f32, low: f32, high: f32, offset: i32): void {
  codes16(x, codes, count, perStep, low, high, offset, false);
}

/** Affine codes of at most 16 bits. */
export function affineCodes16(x: usize, codes: usize, count: usize, step: f32, low: f32, high: f32, offset: i32): void {
  codes16(x, codes, count, step, low, high, offset, true);
}

/** One code of at most 32 bits, which float32 does not hold. */
// @ts-ignore: decorator
@inline
function storeCode32(codes: usize, nearest: f64, low: f64, high: f64, offset: i32): void {
  const code = min<f64>(max<f64>(nearest, low), high);
  store<i32>(codes, (code === code ? <i32>code : 0) - offset);
}

/** Fixed-point codes of at most 32 bits. */
export function integerCodes32(x: usize, codes: usize, count: usize, perStep: f64, low: f64, high: f64, offset: i32): void {
  for (const end = x + (count << 2); x < end; x += 4, codes += 4) {
    storeCode32(codes, nearest<f64>(<f64>load<f32>(x) * perStep), low, high, offset);
  }
}

/** Affine codes of at most 16 bits, in 32. */
export function affineCodes32(x: usize, codes: usize, count: usize, step: f32, low: f64, high: f64, offset: i32): void {
  for (const end = x + (count << 2); x < end; x += 4, codes += 4) {
    const code = <f64>(load<f32>(x) / step);
    const whole = trunc<f64>(code);
    storeCode32(codes, abs<f64>(code - whole) >= 0.5 ? whole + copysign<f64>(1, code) : whole, low, high, offset);
  }
}
