import { indexBits, packBits, packedBytes, unpackBits } from "../data/bits.js";
import { sizeOf } from "../data/shape.js";
import { bitmapBytes, fromBitmap, toBitmap } from "../sparse/bitmap.js";
import { csrBytes, fromCsr, toCsr } from "../sparse/csr.js";
import type { DenseMatrix, Values } from "../sparse/denseMatrix.js";
import { bestIndexBits, fromRelativeIndex, relativeIndexBytes, toRelativeIndex } from "../sparse/relativeIndex.js";

/** How a file says which numbers of a tensor it holds; the others are zero. */
export type SparseIndex =
  /** Numbers that are not zero. */
  | { encoding: "bitmap" | "csr"; entries: number }
  /** Numbers that are not zero and fillers, and the bits of a distance. */
  | { encoding: "relative"; entries: number; indexBits: number };

/** What numbers are in a file: float32, a quantizer's integers of some bits, or the signs of integers that are -1 or 1. */
export type NumberKind = { kind: "float32" } | { kind: "packed"; bits: number; signed: boolean } | { kind: "sign" };

/** Bits of one of them. */
export function bitsOf(numbers: NumberKind): number {
  if (numbers.kind === "sign") return 1;
  return numbers.kind === "packed" ? numbers.bits : 32;
}

/** A tensor as a matrix: its last axis are the columns. A kernel stays [inputs, units]. */
const matrixShape = (shape: readonly number[]): [number, number] => [sizeOf(shape.slice(0, -1)), shape.at(-1) ?? 1];

/** Bytes that numbers and index take. */
export function sparseBytes(shape: readonly number[], sparse: SparseIndex, valueBits: number): number {
  switch (sparse.encoding) {
    case "bitmap":
      return bitmapBytes(matrixShape(shape), sparse.entries, valueBits);
    case "csr":
      return csrBytes(matrixShape(shape), sparse.entries, valueBits);
    case "relative":
      return relativeIndexBytes(sparse.entries, sparse.indexBits, valueBits);
  }
}

/** Numbers as a file holds them. */
export function packNumbers(values: Values, numbers: NumberKind): Uint8Array {
  if (numbers.kind === "sign") return packBits(Int32Array.from(values, (value) => Number(value < 0)), 1);
  if (values instanceof Int32Array) return packBits(values, bitsOf(numbers));
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Numbers that `packNumbers` packed; the bytes need not lie at a multiple of four. */
export function unpackNumbers(bytes: Uint8Array, length: number, numbers: NumberKind): Values {
  if (numbers.kind === "sign") return unpackBits(bytes, length, 1, false).map((isNegative) => 1 - 2 * isNegative);
  if (numbers.kind === "packed") return unpackBits(bytes, length, numbers.bits, numbers.signed);
  return new Float32Array(Uint8Array.from(bytes.subarray(0, 4 * length)).buffer);
}

/** Stores a tensor without its zeros: its numbers, then the index. */
export function packSparse(
  values: Values,
  shape: readonly number[],
  numbers: NumberKind,
  encoding: SparseIndex["encoding"],
): [SparseIndex, Uint8Array] {
  const matrix: DenseMatrix<Values> = { values, shape: matrixShape(shape) };
  const join = (kept: Values, ...index: Uint8Array[]): Uint8Array => Buffer.concat([packNumbers(kept, numbers), ...index]);
  switch (encoding) {
    case "bitmap": {
      const { values: kept, bitmap } = toBitmap(matrix);
      return [{ encoding, entries: kept.length }, join(kept, bitmap)];
    }
    case "csr": {
      const { values: kept, columnIndices, rowStarts } = toCsr(matrix);
      const columns = packBits(columnIndices, indexBits(matrix.shape[1]));
      return [{ encoding, entries: kept.length }, join(kept, columns, packBits(rowStarts, indexBits(kept.length + 1)))];
    }
    case "relative": {
      const { values: kept, distances, indexBits: bits } = toRelativeIndex(matrix, { indexBits: bestIndexBits(matrix, bitsOf(numbers)) });
      return [{ encoding, entries: kept.length, indexBits: bits }, join(kept, packBits(distances.map((distance) => distance - 1), bits))];
    }
  }
}

/**
 * Restores a tensor that `packSparse` stored.
 *
 * @param bytes As many as `sparseBytes` says.
 * @throws {RangeError} When the index does not fit the shape.
 */
export function unpackSparse(bytes: Uint8Array, shape: readonly number[], sparse: SparseIndex, numbers: NumberKind): Values {
  const { entries } = sparse;
  const [rows, columns] = matrixShape(shape);
  const stored = { shape: [rows, columns] as [number, number], values: unpackNumbers(bytes, entries, numbers) };
  const rest = bytes.subarray(packedBytes(entries, bitsOf(numbers)));
  switch (sparse.encoding) {
    case "bitmap":
      return fromBitmap({ ...stored, bitmap: rest }).values;
    case "csr": {
      const bits = indexBits(columns);
      const columnIndices = Uint32Array.from(unpackBits(rest, entries, bits, false));
      const starts = unpackBits(rest.subarray(packedBytes(entries, bits)), rows + 1, indexBits(entries + 1), false);
      return fromCsr({ ...stored, columnIndices, rowStarts: Uint32Array.from(starts) }).values;
    }
    case "relative": {
      const distances = unpackBits(rest, entries, sparse.indexBits, false).map((distance) => distance + 1);
      return fromRelativeIndex({ ...stored, indexBits: sparse.indexBits, distances: Uint32Array.from(distances) }).values;
    }
  }
}
