import type * as tf from "@tensorflow/tfjs";
import { sumOfWeights } from "./sumOfWeights.js";
import { scoreUnits } from "./unitScores.js";
import type { UnitScores } from "./unitScores.js";

/**
 * Scores units by the sum of their incoming weights' magnitudes, ‖w‖₁ over all axes of the kernel but the last (Li et al.
 * 2017, arXiv:1608.08710; Torch-Pruning: `MagnitudeImportance(p=1)`).
 *
 * @param model Built, a chain of layers, plain or being pruned.
 * @throws {TypeError} When the model branches.
 * @example l1Norm(model).hidden; // [3.2, 0.4, …], one number a neuron or filter
 */
export function l1Norm(model: tf.LayersModel): UnitScores {
  return scoreUnits(model, (layer) => Float32Array.from(sumOfWeights(layer, Math.abs)));
}
