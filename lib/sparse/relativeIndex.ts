import { packedBytes } from "../data/bits.js";
import { checkMatrix, zerosLike } from "./denseMatrix.js";
import type { DenseMatrix, Values } from "./denseMatrix.js";

/** A matrix as distances from one number that is not zero to the next. */
export interface RelativeIndexMatrix<V extends Values = Float32Array> {
  /** Rows and columns. */
  shape: [number, number];
  /** Bits of a distance. */
  indexBits: number;
  /** The numbers that are not zero, row after row, and zeros as fillers: [entries]. */
  values: V;
  /**
   * Distance of each entry from the one before it, the first one's from the place before the matrix: 1 to
   * 2^indexBits. [entries]
   */
  distances: Uint32Array;
}

/** Options of `toRelativeIndex`. */
export interface RelativeIndexOptions {
  /**
   * Bits of a distance, 1 to 16. Default 5, what Han et al. take for dense layers; for convolutions they take 8.
   */
  indexBits?: number;
}

/** Throws unless `bits` is a whole number from 1 to 16. */
function checkIndexBits(bits: number): void {
  if (!Number.isInteger(bits) || bits < 1 || bits > 16) {
    throw new RangeError(`Expected indexBits to be a whole number from 1 to 16 but found ${bits}.`);
  }
}

/** Distance of each number that is not zero from the one before it. */
function distancesOf(values: Values): number[] {
  const distances: number[] = [];
  let last = -1;
  for (let i = 0; i < values.length; i++) {
    if (values[i] === 0) continue;
    distances.push(i - last);
    last = i;
  }
  return distances;
}

/**
 * Stores a matrix with relative indices of a few bits: distances instead of places (Han et al. 2016, Deep Compression,
 * arXiv:1510.00149, section 2). Where a distance does not fit, a zero is stored as a filler after the largest one that
 * does. The matrix is walked through row after row; rows do not begin anew. -0 counts as zero.
 *
 * @param matrix [rows, columns].
 * @throws {RangeError} When indexBits is out of range.
 * @throws {TypeError} When the values are not as many as the shape says.
 * @example
 * toRelativeIndex({ values: Float32Array.of(0, 7, 0, 0, 0, 0, 0, 9), shape: [2, 4] }, { indexBits: 2 });
 * // distances up to 4: values [7, 0, 9], distances [2, 4, 2]
 */
export function toRelativeIndex<V extends Values>(matrix: DenseMatrix<V>, options: RelativeIndexOptions = {}): RelativeIndexMatrix<V> {
  const { indexBits = 5 } = options;
  checkIndexBits(indexBits);
  checkMatrix(matrix);
  const farthest = 2 ** indexBits;
  const wanted = distancesOf(matrix.values);
  const entries = wanted.reduce((sum, distance) => sum + Math.ceil(distance / farthest), 0);
  const values = zerosLike(matrix.values, entries);
  const distances = new Uint32Array(entries).fill(farthest);
  let entry = 0;
  let place = -1;
  for (const distance of wanted) {
    const fillers = Math.ceil(distance / farthest) - 1;
    entry += fillers;
    place += distance;
    values[entry] = matrix.values[place];
    distances[entry++] = distance - fillers * farthest;
  }
  return { shape: [...matrix.shape], indexBits, values, distances };
}

/**
 * Fills the zeros in again.
 *
 * @returns The matrix that `toRelativeIndex` was given, to the bit but for -0, which comes back as 0.
 * @throws {RangeError} When a distance is out of range or leads beyond the matrix.
 */
export function fromRelativeIndex<V extends Values>(matrix: RelativeIndexMatrix<V>): DenseMatrix<V> {
  const { shape, indexBits, values, distances } = matrix;
  checkIndexBits(indexBits);
  if (distances.length !== values.length) {
    throw new RangeError(`Expected a distance for each of ${values.length} values but found ${distances.length}.`);
  }
  const [rows, columns] = shape;
  const dense = zerosLike(values, rows * columns);
  let place = -1;
  for (let entry = 0; entry < values.length; entry++) {
    const distance = distances[entry];
    if (distance < 1 || distance > 2 ** indexBits) {
      throw new RangeError(`Expected distances from 1 to ${2 ** indexBits} but found ${distance}.`);
    }
    place += distance;
    if (place >= dense.length) throw new RangeError(`Expected distances that stay within ${dense.length} numbers but found ${place + 1}.`);
    dense[place] = values[entry];
  }
  return { values: dense, shape: [rows, columns] };
}

/**
 * Bytes of a matrix with relative indices. In bits `e (b + r)` with e entries of b bits and distances of r bits.
 *
 * @param entries Numbers that are not zero, and fillers.
 * @param valueBits Bits of each. Default 32.
 * @example
 * relativeIndexBytes(10, 2); // 40 of values, 3 of distances: 43
 */
export function relativeIndexBytes(entries: number, indexBits: number, valueBits = 32): number {
  return packedBytes(entries, valueBits) + packedBytes(entries, indexBits);
}

/** The bits of a distance, 1 to 16, with which a matrix takes the fewest bytes. */
export function bestIndexBits({ values }: DenseMatrix<Values>, valueBits: number): number {
  const distances = distancesOf(values);
  const bytes = Array.from({ length: 16 }, (_, i) => {
    const entries = distances.reduce((sum, distance) => sum + Math.ceil(distance / 2 ** (i + 1)), 0);
    return relativeIndexBytes(entries, i + 1, valueBits);
  });
  return bytes.indexOf(Math.min(...bytes)) + 1;
}
