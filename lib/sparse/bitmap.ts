import { packedBytes } from "../data/bits.js";
import { checkMatrix, nonzeros, zerosLike } from "./denseMatrix.js";
import type { DenseMatrix, Values } from "./denseMatrix.js";

/** A matrix as a bit for each of its numbers, and the numbers that are not zero. */
export interface BitmapMatrix<V extends Values = Float32Array> {
  /** Rows and columns. */
  shape: [number, number];
  /** The numbers that are not zero, row after row: [nonzeros]. */
  values: V;
  /** A bit a number, row after row, lowest bit of a byte first: 1 where it is not zero. [ceil(rows * columns / 8)] */
  bitmap: Uint8Array;
}

/**
 * Stores a matrix as a bitmap and the numbers that are not zero. -0 counts as zero.
 *
 * @param matrix [rows, columns].
 * @throws {TypeError} When the values are not as many as the shape says.
 * @example
 * toBitmap({ values: Float32Array.of(0, 7, 0, 0, 8, 9), shape: [2, 3] }); // values [7, 8, 9], bitmap [0b110010]
 */
export function toBitmap<V extends Values>(matrix: DenseMatrix<V>): BitmapMatrix<V> {
  checkMatrix(matrix);
  const { length } = matrix.values;
  const bitmap = new Uint8Array(packedBytes(length, 1));
  for (let i = 0; i < length; i++) if (matrix.values[i] !== 0) bitmap[i >> 3] |= 1 << (i & 7);
  return { shape: [...matrix.shape], values: nonzeros(matrix.values), bitmap };
}

/**
 * Fills the zeros in again.
 *
 * @returns The matrix that `toBitmap` was given, to the bit but for -0, which comes back as 0.
 * @throws {RangeError} When the bitmap has another length, or other than one bit a value.
 */
export function fromBitmap<V extends Values>({ shape, values, bitmap }: BitmapMatrix<V>): DenseMatrix<V> {
  const [rows, columns] = shape;
  const length = rows * columns;
  if (bitmap.length !== packedBytes(length, 1)) {
    throw new RangeError(`Expected a bitmap of ${packedBytes(length, 1)} bytes but found ${bitmap.length}.`);
  }
  const dense = zerosLike(values, length);
  let used = 0;
  // Bits that fill up the last byte are looked at too: a number written beyond the end is lost, the count is not.
  for (let i = 0; i < 8 * bitmap.length; i++) {
    if (((bitmap[i >> 3] >> (i & 7)) & 1) === 0) continue;
    if (i >= length) throw new RangeError(`Expected a bitmap of ${length} bits but found a 1 at ${i}.`);
    dense[i] = values[used++];
  }
  if (used !== values.length) throw new RangeError(`Expected a bitmap with ${values.length} ones but found ${used}.`);
  return { values: dense, shape: [rows, columns] };
}

/**
 * Bytes of a bitmap and its values. In bits `W + z b` with z values of b bits among W numbers.
 *
 * @param nonzeros Numbers that are not zero.
 * @param valueBits Bits of each. Default 32.
 * @example
 * bitmapBytes([5, 6], 9); // 36 of values, 4 of bits: 40
 */
export function bitmapBytes([rows, columns]: readonly [number, number], nonzeros: number, valueBits = 32): number {
  return packedBytes(nonzeros, valueBits) + packedBytes(rows * columns, 1);
}
