import fc from "fast-check";
import type { Matrix } from "../../lib/data/matrix.js";
import { createRandom } from "../../lib/data/random.js";
import { mByNMask } from "../../lib/pruning/mByNMask.js";
import { transpose } from "../../lib/sparse/transpose.js";

/** A matrix with about such a share of zeros, every second one a -0, as masks leave them. */
export function drawMatrix(rows: number, columns: number, sparsity: number, seed: number): Matrix {
  const random = createRandom(seed);
  const values = Float32Array.from({ length: rows * columns }, (_, i) => {
    const value = random.normal();
    return random.uniform() < sparsity ? (i % 2 === 0 ? 0 : -0) : value;
  });
  return { values, shape: [rows, columns] };
}

/** Matrices of all sizes up to 20 x 150, from full to empty. */
export const sparseMatrices: fc.Arbitrary<Matrix> = fc
  .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 150 }), fc.constantFrom(0, 0.2, 0.5, 0.9, 0.99, 1), fc.nat(1000))
  .map((args) => drawMatrix(...args));

/** Zeros all but the two largest of every four numbers of a row. */
export function pruneTwoFour(matrix: Matrix): Matrix {
  const { values, shape } = transpose(matrix);
  const mask = mByNMask(values, shape, [2, 4]);
  return transpose({ values: values.map((value, i) => value * mask[i]), shape });
}
