/*
 * A weight that is not zero meets one number of each sample. For it to meet several at a time, the samples are turned:
 * numbers of the same input lie one after the other, and a register holds those of four samples.
 */

/**
 * Transposes a matrix in tiles of 4 x 4: samples before a sparse product, and its outputs after it.
 *
 * @param from [rows, columns], rows `fromStride` numbers apart; rows and columns are multiples of four
 * @param to   [columns, rows], rows `toStride` numbers apart
 */
export function transpose(from: usize, fromStride: usize, to: usize, toStride: usize, rows: usize, columns: usize): void {
  const f1 = fromStride << 2;
  const t1 = toStride << 2;
  for (let row: usize = 0; row < rows; row += 4) {
    let a = from + row * f1;
    let out = to + (row << 2);
    for (let column: usize = 0; column < columns; column += 4, a += 16, out += 4 * t1) {
      const a0 = v128.load(a), a1 = v128.load(a + f1), a2 = v128.load(a + 2 * f1), a3 = v128.load(a + 3 * f1);
      const low01 = v128.shuffle<f32>(a0, a1, 0, 4, 1, 5), high01 = v128.shuffle<f32>(a0, a1, 2, 6, 3, 7);
      const low23 = v128.shuffle<f32>(a2, a3, 0, 4, 1, 5), high23 = v128.shuffle<f32>(a2, a3, 2, 6, 3, 7);
      v128.store(out, v128.shuffle<f64>(low01, low23, 0, 2));
      v128.store(out + t1, v128.shuffle<f64>(low01, low23, 1, 3));
      v128.store(out + 2 * t1, v128.shuffle<f64>(high01, high23, 0, 2));
      v128.store(out + 3 * t1, v128.shuffle<f64>(high01, high23, 1, 3));
    }
  }
}
