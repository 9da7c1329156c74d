const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

const LN2 = Math.fround(Math.LN2);
const SQRT_HALF = Math.fround(Math.SQRT1_2);
// log(1 + x) = x (1 + x + P3 x^2) / (1 + 3/2 x + Q2 x^2 + Q3 x^3)
const [P3, Q2, Q3] = [0.18256296, 0.5992325, 0.049616247].map(Math.fround);

/** `a b + c` rounded twice, as without a fused instruction. */
const multiplyAdd = (a: number, b: number, c: number): number => Math.fround(Math.fround(a * b) + c);

/** Natural logarithm of a normal float32 number above 0. */
function log(x: number): number {
  float[0] = x;
  let exponent = (bits[0] >> 23) - 126;
  bits[0] = (bits[0] & 0x7fffff) | (126 << 23);
  // What is left lies between 1/2 and 1; it is moved to between sqrt(1/2) and sqrt(2), about the 1.
  let y = float[0];
  if (y < SQRT_HALF) {
    exponent -= 1;
    y = Math.fround(Math.fround(y - 1) + y);
  } else {
    y = Math.fround(y - 1);
  }
  const p = Math.fround(y * multiplyAdd(y, multiplyAdd(y, P3, 1), 1));
  const q = multiplyAdd(y, multiplyAdd(y, multiplyAdd(y, Q3, Q2), 1.5), 1);
  return multiplyAdd(exponent, LN2, Math.fround(p / q));
}

/**
 * Binary logarithm in TensorFlow's float32 operations, `log(x) / log(2)`, which decide on which side of a tie
 * between two powers of two a number falls. TensorFlow's logarithm is Eigen's (`plog_impl_float`), which is
 * off by a rounding error for one number in five.
 *
 * @param x A float32 number, 0 or above; below 2^-126 it counts as 0.
 * @example log2(8); // 3
 */
export function log2(x: number): number {
  if (!(x < Infinity)) return x;
  return x < 2 ** -126 ? -Infinity : Math.fround(log(x) / LN2);
}
