import { indexBits, packedBytes } from "../data/bits.js";
import type { Matrix } from "../data/matrix.js";
import { checkMatrix } from "./denseMatrix.js";

/** A matrix with m zeros in every n numbers of a row: the n - m others of each group, and where they stand in it. */
export interface MByNMatrix {
  /** Rows and columns. */
  shape: [number, number];
  /** m zeros in every n numbers. */
  mByN: [number, number];
  /** Row after row, group after group, n - m numbers each: [rows * ceil(columns / n) * (n - m)]. */
  values: Float32Array;
  /** Place of each of them in its group, 0 to n - 1, ascending. */
  indices: Uint8Array;
}

/** How many groups a row has; the last one may be shorter and is filled up with zeros. */
const groupsOf = (columns: number, n: number): number => Math.ceil(columns / n);

function checkPattern([m, n]: readonly [number, number]): void {
  if (!(Number.isInteger(m) && Number.isInteger(n) && m > 0 && m < n && n <= 256)) {
    throw new RangeError(`Expected mByN to be two whole numbers, the first smaller, of at most 256 but found [${m}, ${n}].`);
  }
}

/**
 * Stores a matrix in which every group of n numbers has m zeros, by default 2:4, the pattern that GPUs compute with at
 * twice the speed (Mishra et al. 2021, arXiv:2104.08378). A group with more zeros stores some of them.
 *
 * @param matrix [units, inputs]: groups run along the inputs of a unit. Of a layer take `transpose(kernel)`.
 * @param mByN m zeros in every n numbers, as in TFMOT. Default [2, 4].
 * @throws {RangeError} When a group has fewer zeros, naming the first one.
 * @throws {TypeError} When the values are not as many as the shape says.
 * @example
 * toMByN({ values: Float32Array.of(0, 7, 0, 9, 5, 0, 0, 0), shape: [2, 4] });
 * // values [7, 9, 5, 0], indices [1, 3, 0, 1]
 */
export function toMByN(matrix: Matrix, mByN: readonly [number, number] = [2, 4]): MByNMatrix {
  checkMatrix(matrix);
  checkPattern(mByN);
  const [m, n] = mByN;
  const kept = n - m;
  const [rows, columns] = matrix.shape;
  const groups = groupsOf(columns, n);
  const values = new Float32Array(rows * groups * kept);
  const indices = new Uint8Array(values.length);
  const group = new Float32Array(n);
  let entry = 0;
  for (let row = 0; row < rows; row++) {
    for (let first = 0; first < columns; first += n) {
      group.fill(0).set(matrix.values.subarray(row * columns + first, row * columns + Math.min(first + n, columns)));
      const used = group.reduce((count, value) => count + Number(value !== 0), 0);
      if (used > kept) {
        throw new RangeError(
          `Expected ${m} zeros in every ${n} weights but found ${n - used} in columns ${first} to ${first + n - 1} of row ${row}.`,
        );
      }
      let fillers = kept - used;
      for (let i = 0; i < n; i++) {
        if (group[i] === 0 && fillers-- <= 0) continue;
        values[entry] = group[i] + 0; // -0 becomes 0
        indices[entry++] = i;
      }
    }
  }
  return { shape: [rows, columns], mByN: [m, n], values, indices };
}

/**
 * Fills the zeros in again.
 *
 * @returns The matrix that `toMByN` was given, to the bit but for -0, which comes back as 0.
 * @throws {RangeError} When there are not n - m values a group, one stands beyond its group or the row, or two at one place.
 */
export function fromMByN({ shape, mByN, values, indices }: MByNMatrix): Matrix {
  checkPattern(mByN);
  const [m, n] = mByN;
  const [rows, columns] = shape;
  const entries = rows * groupsOf(columns, n) * (n - m);
  if (values.length !== entries || indices.length !== entries) {
    throw new RangeError(`Expected ${entries} values and indices but found ${values.length} and ${indices.length}.`);
  }
  const perRow = entries / rows;
  const dense = new Float32Array(rows * columns);
  for (let entry = 0; entry < entries; entry++) {
    if (values[entry] === 0) continue; // may stand beyond the row, where the last group is filled up
    const row = Math.floor(entry / perRow);
    const column = Math.floor((entry % perRow) / (n - m)) * n + indices[entry];
    if (indices[entry] >= n || column >= columns) {
      throw new RangeError(`Expected an index within its group of ${n} and ${columns} columns but found ${indices[entry]} in row ${row}.`);
    }
    const at = row * columns + column;
    if (dense[at] !== 0) throw new RangeError(`Expected indices that differ in a group but found ${indices[entry]} twice in row ${row}.`);
    dense[at] = values[entry];
  }
  return { values: dense, shape: [rows, columns] };
}

/**
 * Bytes of a matrix with m zeros in every n: values and indices of `ceil(log2 n)` bits.
 *
 * @param mByN Default [2, 4].
 * @param valueBits Bits of a value. Default 32.
 * @example
 * mByNBytes([5, 8]); // 80 of values, 5 of indices: 85
 */
export function mByNBytes([rows, columns]: readonly [number, number], mByN: readonly [number, number] = [2, 4], valueBits = 32): number {
  const [m, n] = mByN;
  const entries = rows * groupsOf(columns, n) * (n - m);
  return packedBytes(entries, valueBits) + packedBytes(entries, indexBits(n));
}
