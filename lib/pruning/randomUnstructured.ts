import type * as tf from "@tensorflow/tfjs";
import { createRandom } from "../data/random.js";
import { scoreKernels } from "./weightScores.js";
import type { WeightScores } from "./weightScores.js";

/**
 * Scores weights by chance (PyTorch: `RandomUnstructured`): what every criterion has to be better than. A weight that is
 * zero already has the score 0, so that what was pruned before goes first.
 *
 * @param seed The same seed gives the same scores.
 */
export function randomUnstructured(model: tf.LayersModel, seed: number): WeightScores {
  const random = createRandom(seed);
  return scoreKernels(model, (weights) => weights.map((weight) => (weight === 0 ? 0 : random.uniform())));
}
