import type { Matrix } from "../data/matrix.js";

/**
 * Label smoothing (Szegedy et al. 2016; Keras: `label_smoothing`): `y · (1 - smoothing) + smoothing / classes`. As a teacher
 * that finds all wrong classes equally wrong, it is what soft labels become when they know nothing.
 *
 * @param labels [n, classes], one-hot.
 * @param smoothing 0 to 1.
 * @returns [n, classes], targets for `categoricalCrossentropy`.
 * @throws {RangeError} When smoothing does not lie between 0 and 1.
 * @example await fit(model, train.x, smoothLabels(train.y, 0.1), { epochs: 10 });
 */
export function smoothLabels({ values, shape }: Matrix, smoothing: number): Matrix {
  if (!(smoothing >= 0 && smoothing <= 1)) throw new RangeError(`Expected smoothing to lie between 0 and 1 but found ${smoothing}.`);
  return { values: values.map((y) => y * (1 - smoothing) + smoothing / shape[1]), shape };
}
