import type * as tf from "@tensorflow/tfjs";
import { observedScores } from "./observedScores.js";
import type { UnitScores } from "./unitScores.js";

/**
 * Scores units by how much they give on average, mean |a| over samples and positions: with relu the mean activation of
 * Molchanov et al. 2017 (arXiv:1611.06440, section 2.2).
 *
 * @param model Built, a chain of layers, plain or being pruned.
 * @param statistics `activationStatistics` of this model.
 * @throws {TypeError} When the model branches, or the statistics are those of another one.
 * @example meanActivation(model, await activationStatistics(model, calibration.x));
 */
export function meanActivation(
  model: tf.LayersModel,
  statistics: { meanMagnitudes: Record<string, ArrayLike<number>> },
): UnitScores {
  return observedScores(model, "meanMagnitudes", statistics.meanMagnitudes, (mean) => mean);
}
