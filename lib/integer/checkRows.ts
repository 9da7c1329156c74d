import type { Matrix } from "../data/matrix.js";
import { checkMatrix } from "../sparse/denseMatrix.js";

/**
 * How many samples there are.
 *
 * @throws {TypeError} When they are of another size than the program's inputs.
 */
export function checkRows(x: Matrix, inputs: number): number {
  checkMatrix(x);
  const [samples, size] = x.shape;
  if (size !== inputs) throw new TypeError(`Expected samples of ${inputs} numbers but found ${size}.`);
  return samples;
}
