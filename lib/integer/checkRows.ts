import { indexOfNaN } from "../data/indexOfNaN.js";
import type { Matrix } from "../data/matrix.js";
import { checkMatrix } from "../sparse/denseMatrix.js";
import { kindOf } from "../data/kindOf.js";

/**
 * How many samples there are.
 *
 * @throws {TypeError} When they are no matrix, or of another size than the program's inputs.
 * @throws {RangeError} When a number is NaN, which has no code. An infinite one has: the smallest or largest.
 */
export function checkRows(x: Matrix, inputs: number): number {
  const { values, shape } = (x ?? {}) as Partial<Matrix>;
  if (!ArrayBuffer.isView(values) || !Array.isArray(shape)) {
    const cure = typeof (x as { dataSync?: unknown } | null)?.dataSync === "function" ? ": { values: await x.data(), shape: x.shape }" : "";
    throw new TypeError(`Expected samples as { values: Float32Array, shape: [samples, inputs] } but found ${kindOf(x)}${cure}.`);
  }
  checkMatrix(x);
  const [samples, size] = x.shape;
  if (size !== inputs) throw new TypeError(`Expected samples of ${inputs} numbers but found ${size}.`);
  const wrong = indexOfNaN(values);
  if (wrong >= 0) throw new RangeError(`Expected numbers in the samples but found NaN in sample ${Math.floor(wrong / size)}.`);
  return samples;
}

/**
 * As `checkRows`, of one sample: [inputs].
 *
 * @throws {TypeError} When it is no array of so many numbers.
 * @throws {RangeError} When a number is NaN.
 */
export function checkSample(x: Float32Array, inputs: number): void {
  if (!ArrayBuffer.isView(x)) throw new TypeError(`Expected a sample as a Float32Array of ${inputs} numbers but found ${kindOf(x)}.`);
  if (x.length !== inputs) throw new TypeError(`Expected a sample of ${inputs} numbers but found ${x.length}.`);
  const wrong = indexOfNaN(x);
  if (wrong >= 0) throw new RangeError(`Expected numbers in the sample but found NaN at place ${wrong}.`);
}
