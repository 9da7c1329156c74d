import type { Matrix } from "../data/matrix.js";
import { checkMatrix } from "./denseMatrix.js";

/**
 * Exchanges rows and columns: a kernel [inputs, units] becomes the matrix [units, inputs] of `y = W x`.
 *
 * @throws {TypeError} When the values are not as many as the shape says.
 * @example
 * transpose({ values: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] }).values; // [1, 4, 2, 5, 3, 6]
 */
export function transpose(matrix: Matrix): Matrix {
  checkMatrix(matrix);
  const { values, shape } = matrix;
  const [rows, columns] = shape;
  const transposed = new Float32Array(values.length);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) transposed[column * rows + row] = values[i];
  }
  return { values: transposed, shape: [columns, rows] };
}
