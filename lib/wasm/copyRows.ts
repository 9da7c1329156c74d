/** Copies rows whose distances may differ. */
export function copyRows(from: Float32Array, fromStride: number, to: Float32Array, toStride: number, rows: number): void {
  if (fromStride === toStride) return to.set(from.subarray(0, rows * fromStride));
  const columns = Math.min(fromStride, toStride);
  for (let row = 0; row < rows; row++) {
    to.set(from.subarray(row * fromStride, row * fromStride + columns), row * toStride);
  }
}
