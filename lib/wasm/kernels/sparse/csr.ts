/**
 * A sparse matrix product for one sample: `y[unit] = bias[unit] + Σ values[k] · x[columns[k]]`, where k runs from
 * starts[unit] to starts[unit + 1].
 *
 * The inputs lie apart, so that no register of four can be loaded at once. Four sums, since one addition must wait for
 * the other.
 *
 * @param values  float32 [nonzeros], unit after unit
 * @param columns uint16 [nonzeros], the input of each
 * @param starts  uint32 [units + 1]
 */
export function csrMatvec(values: usize, columns: usize, starts: usize, bias: usize, x: usize, y: usize, units: usize): void {
  let at = values;
  for (const last = y + (units << 2); y < last; y += 4, bias += 4) {
    starts += 4;
    const end = values + (<usize>load<u32>(starts) << 2);
    let s0: f32 = load<f32>(bias), s1: f32 = 0, s2: f32 = 0, s3: f32 = 0;
    for (; at + 16 <= end; at += 16, columns += 8) {
      s0 += load<f32>(at) * load<f32>(x + (<usize>load<u16>(columns) << 2));
      s1 += load<f32>(at, 4) * load<f32>(x + (<usize>load<u16>(columns, 2) << 2));
      s2 += load<f32>(at, 8) * load<f32>(x + (<usize>load<u16>(columns, 4) << 2));
      s3 += load<f32>(at, 12) * load<f32>(x + (<usize>load<u16>(columns, 6) << 2));
    }
    for (; at < end; at += 4, columns += 2) s0 += load<f32>(at) * load<f32>(x + (<usize>load<u16>(columns) << 2));
    store<f32>(y, s0 + s1 + (s2 + s3));
  }
}

/**
 * `csrMatvec` for sixteen samples: each value meets four registers of them.
 *
 * @param x [inputs][16]
 * @param y [units][16]
 */
export function csrMatmul(values: usize, columns: usize, starts: usize, bias: usize, x: usize, y: usize, units: usize): void {
  let at = values;
  for (const last = y + (units << 6); y < last; y += 64, bias += 4) {
    starts += 4;
    const end = values + (<usize>load<u32>(starts) << 2);
    const b = v128.load32_splat(bias);
    let s0 = b, s1 = b, s2 = b, s3 = b;
    for (; at < end; at += 4, columns += 2) {
      const w = v128.load32_splat(at);
      const a = x + (<usize>load<u16>(columns) << 6);
      s0 = f32x4.add(s0, f32x4.mul(w, v128.load(a)));
      s1 = f32x4.add(s1, f32x4.mul(w, v128.load(a, 16)));
      s2 = f32x4.add(s2, f32x4.mul(w, v128.load(a, 32)));
      s3 = f32x4.add(s3, f32x4.mul(w, v128.load(a, 48)));
    }
    v128.store(y, s0);
    v128.store(y, s1, 16);
    v128.store(y, s2, 32);
    v128.store(y, s3, 48);
  }
}
