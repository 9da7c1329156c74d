/*
 * 2:4 sparsity: of every four weights of a unit two are stored, each with two bits that say which of the four inputs it
 * meets. Units are taken four at a time: a register holds one of the two weights of each, a byte their four choices.
 */

/**
 * A sparse matrix product for one sample: `y[unit] = bias[unit] + Σ values[k] · x[4 group + index[k]]`.
 *
 * A register holds the four inputs of a group. One byte shuffle gives each of four units the input it has chosen; the
 * shuffles for all 256 bytes of choices are in a table.
 *
 * @param values   float32 [units / 4][groups][2][4]
 * @param indices  bytes [units / 4][groups][2], the choice of the i-th unit in bits 2 i and 2 i + 1
 * @param shuffles bytes [256][16], where each of the 16 bytes of four inputs comes from
 * @param x        [groups * 4]
 */
export function twoFourMatvec(
  values: usize, indices: usize, shuffles: usize, groups: usize, bias: usize, x: usize, y: usize, units: usize,
): void {
  for (const last = y + (units << 2); y < last; y += 16, bias += 16) {
    let s0 = v128.load(bias), s1 = f32x4.splat(0);
    for (let a = x, end = x + (groups << 4); a < end; a += 16, values += 32, indices += 2) {
      const inputs = v128.load(a);
      const a0 = v128.swizzle(inputs, v128.load(shuffles + (<usize>load<u8>(indices) << 4)));
      const a1 = v128.swizzle(inputs, v128.load(shuffles + (<usize>load<u8>(indices, 1) << 4)));
      s0 = f32x4.add(s0, f32x4.mul(v128.load(values), a0));
      s1 = f32x4.add(s1, f32x4.mul(v128.load(values, 16), a1));
    }
    v128.store(y, f32x4.add(s0, s1));
  }
}

/**
 * `twoFourMatvec` for sixteen samples: each value meets four registers of them.
 *
 * @param x [groups * 4][16]
 * @param y [units][16]
 */
export function twoFourMatmul(
  values: usize, indices: usize, groups: usize, bias: usize, x: usize, y: usize, units: usize,
): void {
  for (let unit: usize = 0; unit < units; unit++, y += 64, bias += 4) {
    const four = (unit >> 2) * groups;
    const shift = <u32>(unit & 3) << 1;
    let value = values + (four << 5) + ((unit & 3) << 2);
    let index = indices + (four << 1);
    const b = v128.load32_splat(bias);
    let s0 = b, s1 = b, s2 = b, s3 = b;
    for (let a = x, end = x + (groups << 8); a < end; a += 256, value += 32, index += 2) {
      const w0 = v128.load32_splat(value);
      const a0 = a + (<usize>((<u32>load<u8>(index) >> shift) & 3) << 6);
      s0 = f32x4.add(s0, f32x4.mul(w0, v128.load(a0)));
      s1 = f32x4.add(s1, f32x4.mul(w0, v128.load(a0, 16)));
      s2 = f32x4.add(s2, f32x4.mul(w0, v128.load(a0, 32)));
      s3 = f32x4.add(s3, f32x4.mul(w0, v128.load(a0, 48)));
      const w1 = v128.load32_splat(value, 16);
      const a1 = a + (<usize>((<u32>load<u8>(index, 1) >> shift) & 3) << 6);
      s0 = f32x4.add(s0, f32x4.mul(w1, v128.load(a1)));
      s1 = f32x4.add(s1, f32x4.mul(w1, v128.load(a1, 16)));
      s2 = f32x4.add(s2, f32x4.mul(w1, v128.load(a1, 32)));
      s3 = f32x4.add(s3, f32x4.mul(w1, v128.load(a1, 48)));
    }
    v128.store(y, s0);
    v128.store(y, s1, 16);
    v128.store(y, s2, 32);
    v128.store(y, s3, 48);
  }
}
