/*
 * Sums become codes of the next layer: `code = clip(rescale(sum), low, high)`, from S (int32, int64) to T (int16, int32),
 * counted from the zero point on.
 *
 * sums [rows, sumStride] of S, codes [rows, codeStride] of T; shifts and multipliers int32 [units]. `offset` is taken off
 * each code: less the zero point, and 2^15 more for 16 bits without a sign. `isAway` says where halves go in a shift: away
 * from zero, or to the even code.
 */

const MOST: i64 = 1 << 32;

/** `round(sum / 2^shift)`; to the left the result is right up to 2^32, beyond which all formats end. */
// @ts-ignore: decorator
@inline
function shifted(sum: i64, shift: i32, isAway: bool): i64 {
  if (shift <= 0) return min<i64>(max<i64>(sum, -MOST), MOST) << -shift;
  // Half of the last bit that stays, less one where an exact half is to be rounded down: that of a negative sum, or the one
  // above an even number.
  const isUp = isAway ? <i64>(sum >= 0) : (sum >> shift) & 1;
  return (sum + (<i64>1 << (shift - 1)) - 1 + isUp) >> shift;
}

/** `floor(sum · multiplier / 2^shift + 1/2)` for sums of 32 bits. */
// @ts-ignore: decorator
@inline
function multiplied(sum: i64, multiplier: i64, shift: i32): i64 {
  return (sum * multiplier + (<i64>1 << (shift - 1))) >> shift;
}

// @ts-ignore: decorator
@inline
function requantize<S, T>(
  sums: usize, sumStride: usize, multipliers: usize, shifts: usize, codes: usize, codeStride: usize, rows: i32, units: usize,
  low: i32, high: i32, offset: i32, isAway: bool,
): void {
  const l = <i64>low, h = <i64>high;
  for (let row = 0; row < rows; row++, sums += sumStride * sizeof<S>(), codes += codeStride * sizeof<T>()) {
    for (let unit: usize = 0; unit < units; unit++) {
      const sum = <i64>load<S>(sums + unit * sizeof<S>());
      const shift = load<i32>(shifts + (unit << 2));
      const scaled = multipliers ? multiplied(sum, load<i32>(multipliers + (unit << 2)), shift) : shifted(sum, shift, isAway);
      store<T>(codes + unit * sizeof<T>(), <T>(<i32>min<i64>(max<i64>(scaled, l), h) - offset));
    }
  }
}

/** From 32 bits to 16; `multipliers` is 0 where shifts do. */
export function requantize16(
  sums: usize, sumStride: usize, multipliers: usize, shifts: usize, codes: usize, codeStride: usize, rows: i32, units: usize,
  low: i32, high: i32, offset: i32, isAway: bool,
): void {
  requantize<i32, i16>(sums, sumStride, multipliers, shifts, codes, codeStride, rows, units, low, high, offset, isAway);
}

/** From 64 bits to 32; `multipliers` is 0 where shifts do. */
export function requantize32(
  sums: usize, sumStride: usize, multipliers: usize, shifts: usize, codes: usize, codeStride: usize, rows: i32, units: usize,
  low: i32, high: i32, offset: i32, isAway: bool,
): void {
  requantize<i64, i32>(sums, sumStride, multipliers, shifts, codes, codeStride, rows, units, low, high, offset, isAway);
}
