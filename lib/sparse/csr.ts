import { indexBits, packedBytes } from "../data/bits.js";
import { checkMatrix, nonzeros, zerosLike } from "./denseMatrix.js";
import type { DenseMatrix, Values } from "./denseMatrix.js";

/** A matrix as compressed sparse rows: the numbers that are not zero, row after row, and where each one stands. */
export interface CsrMatrix<V extends Values = Float32Array> {
  /** Rows and columns. */
  shape: [number, number];
  /** The numbers that are not zero: [nonzeros]. */
  values: V;
  /** Column of each of them, ascending in a row: [nonzeros]. */
  columnIndices: Uint32Array;
  /** Where each row begins in the two lists, and at the end how long they are: [rows + 1]. */
  rowStarts: Uint32Array;
}

/**
 * Stores a matrix as compressed sparse rows, CSR. -0 counts as zero.
 *
 * @param matrix [rows, columns]. Of a layer take `transpose(kernel)`, [units, inputs]: a row is a unit then, and holds
 *   what its sum is made of.
 * @throws {TypeError} When the values are not as many as the shape says.
 * @example
 * const { values, columnIndices, rowStarts } = toCsr({ values: Float32Array.of(0, 7, 0, 0, 8, 9), shape: [2, 3] });
 * // values [7, 8, 9], columnIndices [1, 1, 2], rowStarts [0, 1, 3]
 */
export function toCsr<V extends Values>(matrix: DenseMatrix<V>): CsrMatrix<V> {
  checkMatrix(matrix);
  const [rows, columns] = matrix.shape;
  const values = nonzeros(matrix.values);
  const columnIndices = new Uint32Array(values.length);
  const rowStarts = new Uint32Array(rows + 1);
  let found = 0;
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) if (matrix.values[i] !== 0) columnIndices[found++] = column;
    rowStarts[row + 1] = found;
  }
  return { shape: [rows, columns], values, columnIndices, rowStarts };
}

/**
 * Fills the zeros in again.
 *
 * @returns The matrix that `toCsr` was given, to the bit but for -0, which comes back as 0.
 * @throws {RangeError} When row starts or columns are not in order or reach beyond the matrix.
 */
export function fromCsr<V extends Values>({ shape, values, columnIndices, rowStarts }: CsrMatrix<V>): DenseMatrix<V> {
  const [rows, columns] = shape;
  if (rowStarts.length !== rows + 1 || rowStarts[0] !== 0 || rowStarts[rows] !== values.length || columnIndices.length !== values.length) {
    throw new RangeError(
      `Expected ${rows + 1} row starts from 0 to the ${values.length} values, and as many columns, ` +
        `but found ${rowStarts.length} from ${rowStarts[0]} to ${rowStarts[rows]}, and ${columnIndices.length} columns.`,
    );
  }
  // All of them before any is used: a start may lie anywhere.
  for (let row = 0; row < rows; row++) {
    if (rowStarts[row] > rowStarts[row + 1]) {
      throw new RangeError(`Expected row starts in order but found ${rowStarts[row]} before ${rowStarts[row + 1]} at row ${row}.`);
    }
  }
  const dense = zerosLike(values, rows * columns);
  for (let row = 0; row < rows; row++) {
    let least = 0;
    for (let i = rowStarts[row]; i < rowStarts[row + 1]; i++) {
      const column = columnIndices[i];
      if (column < least || column >= columns) {
        throw new RangeError(`Expected a column from ${least} to ${columns - 1} in row ${row} but found ${column}.`);
      }
      dense[row * columns + column] = values[i];
      least = column + 1;
    }
  }
  return { values: dense, shape: [rows, columns] };
}

/**
 * Bytes of a CSR matrix in a file: values, column indices and row starts, each packed into as few bits as it needs.
 * In bits `z b + z ceil(log2 C) + (R + 1) ceil(log2 (z + 1))` with z values of b bits in R rows and C columns.
 *
 * @param nonzeros Numbers that are not zero.
 * @param valueBits Bits of each. Default 32.
 * @example
 * csrBytes([5, 6], 9); // 36 of values, 4 of columns, 3 of row starts: 43
 */
export function csrBytes([rows, columns]: readonly [number, number], nonzeros: number, valueBits = 32): number {
  return (
    packedBytes(nonzeros, valueBits) + packedBytes(nonzeros, indexBits(columns)) + packedBytes(rows + 1, indexBits(nonzeros + 1))
  );
}
