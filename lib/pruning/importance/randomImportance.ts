import type * as tf from "@tensorflow/tfjs";
import { createRandom } from "../../data/random.js";
import { unitsOf } from "../structural/unitWeights.js";
import { scoreUnits } from "./unitScores.js";
import type { UnitScores } from "./unitScores.js";

/**
 * Scores units by chance (Torch-Pruning: `RandomImportance`): what every criterion has to be better than.
 *
 * @param model Built, a chain of layers, plain or being pruned.
 * @param seed A whole number; the same one gives the same scores.
 * @throws {TypeError} When the model branches.
 * @throws {RangeError} When the seed is no whole number.
 */
export function randomImportance(model: tf.LayersModel, seed: number): UnitScores {
  const random = createRandom(seed);
  return scoreUnits(model, (layer) => Float32Array.from({ length: unitsOf(layer) }, () => random.uniform()));
}
