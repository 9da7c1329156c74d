import type * as tf from "@tensorflow/tfjs";
import { observedScores } from "./observedScores.js";
import type { UnitScores } from "./unitScores.js";

/**
 * Scores units by how often they give something: 1 - APoZ, the average percentage of zeros (Hu et al. 2016,
 * arXiv:1607.03250). It tells units apart behind relu only; others are never exactly zero.
 *
 * @param model Built, a chain of layers, plain or being pruned.
 * @param statistics `activationStatistics` of this model.
 * @returns Shares of samples and positions, 0 to 1.
 * @throws {TypeError} When the model branches, or the statistics are those of another one.
 * @example apoz(model, await activationStatistics(model, calibration.x));
 */
export function apoz(model: tf.LayersModel, statistics: { apoz: Record<string, ArrayLike<number>> }): UnitScores {
  return observedScores(model, "apoz", statistics.apoz, (share) => 1 - share);
}
