import { asLogits } from "./logits.js";
import type { Logits, Probabilities } from "./logits.js";

/** Options of `softLabels` and `ensembleLogits`. */
export interface SoftLabelOptions {
  /** Divides the logits before the softmax, above 0: the higher, the more alike the shares. Default 4. */
  temperature?: number;
}

/** Throws unless a temperature is above 0. */
export function checkTemperature(temperature: number): void {
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new RangeError(`Expected temperature to be above 0 but found ${temperature}.`);
  }
}

function checkSameShape(all: Logits[]): [number, number] {
  if (all.length === 0) throw new RangeError("Expected the logits of one teacher or more but found none.");
  if (all.some((logits) => !(logits?.values instanceof Float32Array))) throw new TypeError("Expected logits as predictLogits gives them.");
  const [{ shape }] = all;
  const other = all.find((logits) => logits.shape.join() !== shape.join());
  if (other) throw new TypeError(`Expected all teachers' logits to have the shape [${shape}] but found [${other.shape}].`);
  return shape;
}

/**
 * The soft labels of a teacher: `softmax(logits / temperature)`, of several teachers their mean (Hinton et al. 2015).
 *
 * @param logits [n, classes], of one teacher or of several.
 * @returns [n, classes]
 * @throws {RangeError} When the temperature is not above 0, or there is no teacher.
 * @throws {TypeError} When teachers' logits have different shapes.
 * @example softLabels(await predictLogits(teacher, test.x), { temperature: 4 }).values.subarray(0, 10); // the first image's
 */
export function softLabels(logits: Logits | Logits[], { temperature = 4 }: SoftLabelOptions = {}): Probabilities {
  checkTemperature(temperature);
  const all = [logits].flat();
  const [count, classes] = checkSameShape(all);
  const values = new Float32Array(count * classes);
  const row = new Float64Array(classes);
  for (const { values: z } of all) {
    for (let start = 0; start < values.length; start += classes) {
      let largest = -Infinity;
      for (let j = 0; j < classes; j++) largest = Math.max(largest, z[start + j]);
      let sum = 0;
      for (let j = 0; j < classes; j++) sum += row[j] = Math.exp((z[start + j] - largest) / temperature);
      for (let j = 0; j < classes; j++) values[start + j] += row[j] / sum / all.length;
    }
  }
  return { values, shape: [count, classes], are: "probabilities" };
}

/**
 * Logits of which the softmax at this temperature is the mean of several teachers' soft labels: an ensemble as one teacher.
 *
 * @param logits [n, classes] of each teacher.
 * @returns [n, classes], `temperature · log(mean of the soft labels)`.
 * @throws As `softLabels`.
 * @example const targets = distillationTargets(train.y, ensembleLogits(await Promise.all(teachers.map((t) => predictLogits(t, train.x)))));
 */
export function ensembleLogits(logits: Logits[], { temperature = 4 }: SoftLabelOptions = {}): Logits {
  const { values, shape } = softLabels(logits, { temperature });
  // A share too small for float32 still is one.
  return asLogits({ values: values.map((share) => temperature * Math.log(Math.max(share, 1e-38))), shape });
}
