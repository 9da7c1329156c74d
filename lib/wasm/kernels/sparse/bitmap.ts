/**
 * A sparse matrix product for one sample: `y[unit] = bias[unit] + Σ values[k] · x[i]`, where the i-th bit of the unit is
 * the k-th that is 1.
 *
 * The lowest 1 of 64 bits says where the next input is; taking it away uncovers the one after it. Two sums in turn,
 * since one addition must wait for the other.
 *
 * @param values float32 [nonzeros], unit after unit
 * @param bitmap [units][words] of 64 bits, lowest first
 * @param x      [words * 64], of which the inputs are read
 */
export function bitmapMatvec(values: usize, bitmap: usize, words: usize, bias: usize, x: usize, y: usize, units: usize): void {
  for (const last = y + (units << 2); y < last; y += 4, bias += 4) {
    let s0: f32 = load<f32>(bias), s1: f32 = 0;
    let a = x;
    for (const end = bitmap + (words << 3); bitmap < end; bitmap += 8, a += 256) {
      for (let bits = load<u64>(bitmap); bits !== 0; bits &= bits - 1, values += 4) {
        const sum = s0 + load<f32>(values) * load<f32>(a + (<usize>ctz(bits) << 2));
        s0 = s1;
        s1 = sum;
      }
    }
    store<f32>(y, s0 + s1);
  }
}

/**
 * `bitmapMatvec` for sixteen samples: each value meets four registers of them.
 *
 * @param x [inputs][16]
 * @param y [units][16]
 */
export function bitmapMatmul(values: usize, bitmap: usize, words: usize, bias: usize, x: usize, y: usize, units: usize): void {
  for (const last = y + (units << 6); y < last; y += 64, bias += 4) {
    const b = v128.load32_splat(bias);
    let s0 = b, s1 = b, s2 = b, s3 = b;
    let inputs = x;
    for (const end = bitmap + (words << 3); bitmap < end; bitmap += 8, inputs += 64 << 6) {
      for (let bits = load<u64>(bitmap); bits !== 0; bits &= bits - 1, values += 4) {
        const w = v128.load32_splat(values);
        const a = inputs + (<usize>ctz(bits) << 6);
        s0 = f32x4.add(s0, f32x4.mul(w, v128.load(a)));
        s1 = f32x4.add(s1, f32x4.mul(w, v128.load(a, 16)));
        s2 = f32x4.add(s2, f32x4.mul(w, v128.load(a, 32)));
        s3 = f32x4.add(s3, f32x4.mul(w, v128.load(a, 48)));
      }
    }
    v128.store(y, s0);
    v128.store(y, s1, 16);
    v128.store(y, s2, 32);
    v128.store(y, s3, 48);
  }
}
