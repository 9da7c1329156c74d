import { PANEL } from "./panels";

/**
 * Matrix product with a bias: `y = x · w + bias`.
 *
 * Four rows of x meet one panel of w (eight columns) at a time: eight running sums of four numbers stay
 * in registers while k runs over the inputs, so each number loaded is used four or eight times.
 *
 * @param x     [rows, inputs], rows `xStride` numbers apart; room for a multiple of four rows
 * @param w     [units / 8][wRows][8], panels
 * @param bias  [units], padded to panels, or 0 for none
 * @param y     [rows, units], rows `yStride` numbers apart; room for a multiple of four rows
 */
export function matmul(
  x: usize, xStride: usize, w: usize, wRows: usize, bias: usize, y: usize, yStride: usize,
  rows: i32, inputs: usize, units: i32,
): void {
  const x1 = xStride << 2;
  const y1 = yStride << 2;
  for (let n = 0; n < units; n += PANEL, w += wRows << 5) {
    const first = bias ? v128.load(bias + (n << 2)) : f32x4.splat(0);
    const second = bias ? v128.load(bias + (n << 2), 16) : f32x4.splat(0);
    for (let row = 0; row < rows; row += 4) {
      let a = x + <usize>row * x1;
      let s00 = first, s01 = second, s10 = first, s11 = second;
      let s20 = first, s21 = second, s30 = first, s31 = second;
      const end = w + (inputs << 5);
      for (let b = w; b < end; b += 32, a += 4) {
        const b0 = v128.load(b);
        const b1 = v128.load(b, 16);
        const a0 = v128.load32_splat(a);
        s00 = f32x4.add(s00, f32x4.mul(a0, b0));
        s01 = f32x4.add(s01, f32x4.mul(a0, b1));
        const a1 = v128.load32_splat(a + x1);
        s10 = f32x4.add(s10, f32x4.mul(a1, b0));
        s11 = f32x4.add(s11, f32x4.mul(a1, b1));
        const a2 = v128.load32_splat(a + 2 * x1);
        s20 = f32x4.add(s20, f32x4.mul(a2, b0));
        s21 = f32x4.add(s21, f32x4.mul(a2, b1));
        const a3 = v128.load32_splat(a + 3 * x1);
        s30 = f32x4.add(s30, f32x4.mul(a3, b0));
        s31 = f32x4.add(s31, f32x4.mul(a3, b1));
      }
      const out = y + <usize>row * y1 + (<usize>n << 2);
      v128.store(out, s00);
      v128.store(out, s01, 16);
      v128.store(out + y1, s10);
      v128.store(out + y1, s11, 16);
      v128.store(out + 2 * y1, s20);
      v128.store(out + 2 * y1, s21, 16);
      v128.store(out + 3 * y1, s30);
      v128.store(out + 3 * y1, s31, 16);
    }
  }
}
