import type * as tf from "@tensorflow/tfjs";
import { unitsOf } from "../structural/unitWeights.js";
import { scoreUnits } from "./unitScores.js";
import type { UnitScores } from "./unitScores.js";

/** Scores units by what was observed of them, a number a unit; throws a TypeError where it is missing. */
export function observedScores(
  model: tf.LayersModel,
  what: string,
  observed: Record<string, ArrayLike<number>>,
  score: (value: number) => number,
): UnitScores {
  return scoreUnits(model, (layer) => {
    const values = observed[layer.name];
    const units = unitsOf(layer);
    if (values?.length !== units) {
      throw new TypeError(`Expected ${units} numbers in ${what} of ${layer.name} but found ${values ? values.length : "none"}.`);
    }
    return Float32Array.from(values, score);
  });
}
