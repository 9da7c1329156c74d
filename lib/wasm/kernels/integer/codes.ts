/*
 * What real numbers become at the input of an integer program: `code = clip(round(x · perStep), low, high)`, halves to
 * even, NaN to 0. perStep is a power of two.
 */

/**
 * Codes of at most 16 bits, eight at a time.
 *
 * @param x      float32, a multiple of eight numbers
 * @param codes  int16, as many
 * @param offset what is taken off each code: 2^15 for 16 bits without a sign, else 0
 */
export function integerCodes16(x: usize, codes: usize, count: usize, perStep: f32, low: f32, high: f32, offset: i32): void {
  const p = f32x4.splat(perStep);
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  const o = i32x4.splat(offset);
  for (const end = x + (count << 2); x < end; x += 32, codes += 16) {
    const a = f32x4.min(f32x4.max(f32x4.nearest(f32x4.mul(v128.load(x), p)), l), h);
    const b = f32x4.min(f32x4.max(f32x4.nearest(f32x4.mul(v128.load(x, 16), p)), l), h);
    const first = i32x4.sub(i32x4.trunc_sat_f32x4_s(a), o);
    const second = i32x4.sub(i32x4.trunc_sat_f32x4_s(b), o);
    v128.store(codes, i16x8.narrow_i32x4_s(first, second));
  }
}

/** Codes of at most 32 bits, which float32 does not hold. */
export function integerCodes32(x: usize, codes: usize, count: usize, perStep: f64, low: f64, high: f64): void {
  for (const end = x + (count << 2); x < end; x += 4, codes += 4) {
    const code = min<f64>(max<f64>(nearest<f64>(<f64>load<f32>(x) * perStep), low), high);
    store<i32>(codes, code === code ? <i32>code : 0);
  }
}
