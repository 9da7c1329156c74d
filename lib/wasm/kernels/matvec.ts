/**
 * A matrix product for one sample: `y = x · w + bias`.
 *
 * `matmul` uses each weight for four samples; with one sample each is used once, and what costs time is to bring it in.
 * Every other input has sums of its own, since one addition must wait for the other.
 *
 * @param x    [wRows], zero beyond the inputs
 * @param w    [units / 8][wRows][8], panels, wRows a multiple of two
 * @param bias [units], filled up to panels
 * @param y    [units], room for whole panels
 */
export function matvec(x: usize, w: usize, wRows: usize, bias: usize, y: usize, units: usize): void {
  const zero = f32x4.splat(0);
  for (const end = y + (units << 2); y < end; y += 32, bias += 32) {
    let s0 = v128.load(bias), s1 = v128.load(bias, 16);
    let t0 = zero, t1 = zero;
    let a = x;
    for (const stop = w + (wRows << 5); w < stop; w += 64, a += 8) {
      const even = v128.load32_splat(a);
      s0 = f32x4.add(s0, f32x4.mul(even, v128.load(w)));
      s1 = f32x4.add(s1, f32x4.mul(even, v128.load(w, 16)));
      const odd = v128.load32_splat(a, 4);
      t0 = f32x4.add(t0, f32x4.mul(odd, v128.load(w, 32)));
      t1 = f32x4.add(t1, f32x4.mul(odd, v128.load(w, 48)));
    }
    v128.store(y, f32x4.add(s0, t0));
    v128.store(y, f32x4.add(s1, t1), 16);
  }
}
