import { PANEL } from "./panels";

/**
 * Gradient of a kernel: `dw = xᵀ · dy`, the sum over the batch.
 *
 * @param x  [batch, inputs], rows `xStride` numbers apart, a multiple of four
 * @param dy [batch, units], rows `dyStride` numbers apart
 * @param dw [units / 8][wRows][8], panels; wRows is `inputs` rounded up to a multiple of four
 */
export function weightGradient(
  x: usize, xStride: usize, dy: usize, dyStride: usize, dw: usize, wRows: usize, batch: usize, units: i32,
): void {
  const x1 = xStride << 2;
  const dy1 = dyStride << 2;
  for (let n = 0; n < units; n += PANEL, dy += 32) {
    for (let row: usize = 0; row < wRows; row += 4, dw += 128) {
      let a = x + (row << 2);
      let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00;
      let s20 = s00, s21 = s00, s30 = s00, s31 = s00;
      const end = dy + batch * dy1;
      for (let b = dy; b < end; b += dy1, a += x1) {
        const b0 = v128.load(b);
        const b1 = v128.load(b, 16);
        const a0 = v128.load32_splat(a);
        s00 = f32x4.add(s00, f32x4.mul(a0, b0));
        s01 = f32x4.add(s01, f32x4.mul(a0, b1));
        const a1 = v128.load32_splat(a, 4);
        s10 = f32x4.add(s10, f32x4.mul(a1, b0));
        s11 = f32x4.add(s11, f32x4.mul(a1, b1));
        const a2 = v128.load32_splat(a, 8);
        s20 = f32x4.add(s20, f32x4.mul(a2, b0));
        s21 = f32x4.add(s21, f32x4.mul(a2, b1));
        const a3 = v128.load32_splat(a, 12);
        s30 = f32x4.add(s30, f32x4.mul(a3, b0));
        s31 = f32x4.add(s31, f32x4.mul(a3, b1));
      }
      v128.store(dw, s00);
      v128.store(dw, s01, 16);
      v128.store(dw, s10, 32);
      v128.store(dw, s11, 48);
      v128.store(dw, s20, 64);
      v128.store(dw, s21, 80);
      v128.store(dw, s30, 96);
      v128.store(dw, s31, 112);
    }
  }
}

/**
 * Gradient of a bias: the sum of dy over the batch.
 *
 * @param dy [batch, units], rows `stride` numbers apart, a multiple of four
 * @param db [stride]
 */
export function biasGradient(dy: usize, stride: usize, db: usize, batch: usize): void {
  for (let n: usize = 0; n < stride << 2; n += 16) {
    let sum = f32x4.splat(0);
    let from = dy + n;
    for (let i: usize = 0; i < batch; i++, from += stride << 2) sum = f32x4.add(sum, v128.load(from));
    v128.store(db + n, sum);
  }
}
