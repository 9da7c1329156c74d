/*
 * The sums of a layer in integers: `y = x · w + bias`. Sums of 32 bits may leave their range on the way and come back: what
 * counts is that the last one fits, which is proven before.
 */

/**
 * Two numbers of x, side by side in 32 bits, meet the same two weights of four units in one instruction, which adds the
 * two products up: eight multiplications. Four rows at a time, as in `matmul`; what is left, or a single sample, one by one.
 *
 * @param x    int16 [rows, xStride], a multiple of two numbers
 * @param w    [units / 8][inputs / 2][8][2], panels of eight units, of W: int8 or int16
 * @param pairs half the inputs, rounded up
 * @param bias int32 [units], filled up to panels
 * @param y    int32 [rows, yStride], room for whole panels
 */
// @ts-ignore: decorator
@inline
function dense<W>(
  x: usize, xStride: usize, w: usize, pairs: usize, bias: usize, y: usize, yStride: usize, rows: i32, units: i32,
): void {
  const x1 = xStride << 1;
  const y1 = yStride << 2;
  const step: usize = sizeof<W>() << 4;
  const size = pairs * step;
  for (let n = 0; n < units; n += 8, w += size, bias += 32, y += 32) {
    const first = v128.load(bias), second = v128.load(bias, 16);
    const end = w + size;
    let a = x;
    let out = y;
    let row = 0;
    for (; row + 4 <= rows; row += 4, a += 4 * x1 - (pairs << 2), out += 4 * y1) {
      let s00 = first, s01 = second, s10 = first, s11 = second;
      let s20 = first, s21 = second, s30 = first, s31 = second;
      for (let b = w; b < end; b += step, a += 4) {
        const b0 = sizeof<W>() === 1 ? v128.load_ext<i8>(b) : v128.load(b);
        const b1 = sizeof<W>() === 1 ? v128.load_ext<i8>(b, 8) : v128.load(b, 16);
        const a0 = v128.load_splat<i32>(a);
        s00 = i32x4.add(s00, i32x4.dot_i16x8_s(a0, b0));
        s01 = i32x4.add(s01, i32x4.dot_i16x8_s(a0, b1));
        const a1 = v128.load_splat<i32>(a + x1);
        s10 = i32x4.add(s10, i32x4.dot_i16x8_s(a1, b0));
        s11 = i32x4.add(s11, i32x4.dot_i16x8_s(a1, b1));
        const a2 = v128.load_splat<i32>(a + 2 * x1);
        s20 = i32x4.add(s20, i32x4.dot_i16x8_s(a2, b0));
        s21 = i32x4.add(s21, i32x4.dot_i16x8_s(a2, b1));
        const a3 = v128.load_splat<i32>(a + 3 * x1);
        s30 = i32x4.add(s30, i32x4.dot_i16x8_s(a3, b0));
        s31 = i32x4.add(s31, i32x4.dot_i16x8_s(a3, b1));
      }
      v128.store(out, s00);
      v128.store(out, s01, 16);
      v128.store(out + y1, s10);
      v128.store(out + y1, s11, 16);
      v128.store(out + 2 * y1, s20);
      v128.store(out + 2 * y1, s21, 16);
      v128.store(out + 3 * y1, s30);
      v128.store(out + 3 * y1, s31, 16);
    }
    for (; row < rows; row++, a += x1 - (pairs << 2), out += y1) {
      let s0 = first, s1 = second;
      for (let b = w; b < end; b += step, a += 4) {
        const a0 = v128.load_splat<i32>(a);
        s0 = i32x4.add(s0, i32x4.dot_i16x8_s(a0, sizeof<W>() === 1 ? v128.load_ext<i8>(b) : v128.load(b)));
        s1 = i32x4.add(s1, i32x4.dot_i16x8_s(a0, sizeof<W>() === 1 ? v128.load_ext<i8>(b, 8) : v128.load(b, 16)));
      }
      v128.store(out, s0);
      v128.store(out, s1, 16);
    }
  }
}

/** Weights of 8 bits. */
export function integerDense8(
  x: usize, xStride: usize, w: usize, pairs: usize, bias: usize, y: usize, yStride: usize, rows: i32, units: i32,
): void {
  dense<i8>(x, xStride, w, pairs, bias, y, yStride, rows, units);
}

/** Weights of 16 bits. */
export function integerDense16(
  x: usize, xStride: usize, w: usize, pairs: usize, bias: usize, y: usize, yStride: usize, rows: i32, units: i32,
): void {
  dense<i16>(x, xStride, w, pairs, bias, y, yStride, rows, units);
}

/**
 * What does not fit into 32 bits, one product after the other.
 *
 * @param x    int32 [rows, xStride]
 * @param w    int64 [units][inputs]
 * @param bias int64 [units]
 * @param y    int64 [rows, yStride]
 */
export function integerDense64(
  x: usize, xStride: usize, w: usize, inputs: usize, bias: usize, y: usize, yStride: usize, rows: i32, units: i32,
): void {
  for (let row = 0; row < rows; row++, x += xStride << 2, y += yStride << 3) {
    let b = w;
    for (let unit = 0; unit < units; unit++) {
      let sum = load<i64>(bias + (unit << 3));
      for (let a = x, end = x + (inputs << 2); a < end; a += 4, b += 8) sum += <i64>load<i32>(a) * load<i64>(b);
      store<i64>(y + (unit << 3), sum);
    }
  }
}
