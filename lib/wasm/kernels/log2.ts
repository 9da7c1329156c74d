/*
 * Binary logarithm in TensorFlow's float32 operations, which decide on which side of a tie between two powers of two
 * a scale falls: `log2` of lib/quantizers, where the source is named, in AssemblyScript.
 */

const LN2: f32 = 0.6931471805599453;
const SQRT_HALF: f32 = 0.7071067811865476;

/** `a · b + c`, rounded twice. */
// @ts-ignore: decorator
@inline
function multiplyAdd(a: f32, b: f32, c: f32): f32 {
  return a * b + c;
}

/** Natural logarithm of a normal number above 0. */
function log(x: f32): f32 {
  const bits = reinterpret<i32>(x);
  let exponent = (bits >> 23) - 126;
  let y = reinterpret<f32>((bits & 0x7fffff) | (126 << 23));
  if (y < SQRT_HALF) {
    exponent -= 1;
    y = y - 1 + y;
  } else {
    y = y - 1;
  }
  const p = y * multiplyAdd(y, multiplyAdd(y, 0.18256296, 1), 1);
  const q = multiplyAdd(y, multiplyAdd(y, multiplyAdd(y, 0.049616247, 0.5992325), 1.5), 1);
  return multiplyAdd(<f32>exponent, LN2, p / q);
}

/** Binary logarithm; a number below 2^-126 counts as 0. */
export function log2(x: f32): f32 {
  if (!(x < Infinity)) return x;
  return x < f32.MIN_NORMAL_VALUE ? -Infinity : log(x) / LN2;
}
