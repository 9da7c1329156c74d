import { EPSILON } from "./autoScale.js";
import type { ScaleGroups } from "./autoScale.js";
import { hardSigmoid } from "./sCurveQuantizer.js";

/** The standard deviation of the values of each group, and a little more, so that it divides. */
export function deviations(x: Float32Array, { count, groupOf }: ScaleGroups): Float64Array {
  const size = x.length / count;
  const mean = new Float64Array(count);
  x.forEach((value, i) => (mean[groupOf(i)] += value / size));
  const variance = new Float64Array(count);
  x.forEach((value, i) => (variance[groupOf(i)] += (value - mean[groupOf(i)]) ** 2 / size));
  return variance.map((value) => Math.sqrt(value) + EPSILON);
}

/** How likely numbers are to become their positive level. */
export interface SignProbabilities {
  /** Factor on the number: the larger, the less is left to chance. */
  temperature: number;
  /** The true sigmoid instead of x / 2 + 1/2 clipped to 0 and 1. */
  useRealSigmoid: boolean;
}

/** Probability that a number becomes its positive level: the sigmoid of `temperature` times the number. */
export function signProbability(x: number, { temperature, useRealSigmoid }: SignProbabilities): number {
  return useRealSigmoid ? 1 / (1 + Math.exp(-temperature * x)) : hardSigmoid(Math.fround(temperature * x));
}

/** Throws unless the temperature is a number above 0. */
export function checkTemperature(quantizer: string, temperature: number): void {
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new RangeError(`${quantizer}: expected temperature to be a number above 0 but found ${temperature}.`);
  }
}
