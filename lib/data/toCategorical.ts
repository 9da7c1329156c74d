import type { Matrix } from "./matrix.js";

/**
 * One-hot encodes labels, as `keras.utils.to_categorical`.
 *
 * @param labels whole numbers from 0 to numClasses - 1, [n]
 * @param numClasses number of classes, default the largest label + 1
 * @returns a row a label with a one at the label's column, [n, numClasses]
 * @throws {RangeError} if a label is not one of the classes
 *
 * @example
 * toCategorical([1, 0], 2).values; // 0 1, 1 0
 */
export function toCategorical(labels: ArrayLike<number>, numClasses?: number): Matrix {
  const columns = numClasses ?? Array.from(labels).reduce((most, label) => Math.max(most, label + 1), 0);
  const values = new Float32Array(labels.length * columns);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (!Number.isInteger(label) || label < 0 || label >= columns) {
      throw new RangeError(`Expected labels from 0 to ${columns - 1} but found ${label} at index ${row}`);
    }
    values[row * columns + label] = 1;
  }
  return { values, shape: [labels.length, columns] };
}
