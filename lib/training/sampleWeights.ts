import { argMax } from "../network/countCorrect.js";
import type { Rows } from "../data/rows.js";
import { kindOf } from "../data/kindOf.js";

/** What a sample of each class counts, by the class's number; 1 for classes left out. */
export type ClassWeight = Record<number, number>;

function checkClassWeight(classWeight: ClassWeight, outputs: number): void {
  if (typeof classWeight !== "object" || classWeight instanceof Map || classWeight instanceof Set) {
    throw new TypeError(`Expected classWeight to be an object such as {0: 1, 1: 5} but found ${kindOf(classWeight)}.`);
  }
  const classes = Math.max(2, outputs); // one output tells two classes apart
  for (const [name, weight] of Object.entries(classWeight)) {
    if (!(Number.isInteger(Number(name)) && Number(name) >= 0 && Number(name) < classes)) {
      throw new RangeError(`Expected the classes in classWeight to lie from 0 to ${classes - 1} but found ${name}.`);
    }
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`Expected classWeight to be finite and 0 or more but found ${weight} for class ${name}.`);
    }
  }
}

/**
 * What each sample counts in the loss: its own weight times that of its class (Keras: `sample_weight`, `class_weight`).
 *
 * @param y Targets: one-hot rows or labels.
 * @param classes Classes in a one-hot row: the model's outputs.
 * @returns [n], or null when neither is given.
 * @throws {TypeError} When there is not one weight a sample, or classWeight is no object.
 * @throws {RangeError} When a weight is no finite number of 0 or more, or a class does not exist.
 */
export function combineWeights(
  y: Rows,
  classes: number,
  sampleWeight: ArrayLike<number> | undefined,
  classWeight: ClassWeight | undefined,
): Float32Array | null {
  if (!sampleWeight && !classWeight) return null;
  if (sampleWeight && sampleWeight.length !== y.count) {
    throw new TypeError(`Expected as many sample weights as samples but found ${sampleWeight.length} for ${y.count}.`);
  }
  if (classWeight) checkClassWeight(classWeight, classes);
  const weights = new Float32Array(y.count);
  for (let i = 0; i < y.count; i++) {
    const label = y.size === 1 ? y.values[i] : argMax(y.values, i * y.size, Math.min(y.size, classes));
    weights[i] = (sampleWeight?.[i] ?? 1) * (classWeight?.[label] ?? 1);
    if (!(weights[i] >= 0 && weights[i] < Infinity)) {
      throw new RangeError(`Expected weights to be finite and 0 or more but found ${weights[i]} for sample ${i}.`);
    }
  }
  return weights;
}
