/** Numbers in rows, as `tf.tensor2d(matrix.values, matrix.shape)` takes them. */
export interface Matrix {
  /** Row after row: [rows * columns]. */
  values: Float32Array;
  /** Rows and columns. */
  shape: [number, number];
}
