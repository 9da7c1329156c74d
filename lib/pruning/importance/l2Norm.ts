import type * as tf from "@tensorflow/tfjs";
import { sumOfWeights } from "./sumOfWeights.js";
import { scoreUnits } from "./unitScores.js";
import type { UnitScores } from "./unitScores.js";

/**
 * Scores units by the length of the vector of their incoming weights, ‖w‖₂ over all axes of the kernel but the last
 * (Torch-Pruning: `MagnitudeImportance(p=2)`).
 *
 * @param model Built, a chain of layers, plain or being pruned.
 * @throws {TypeError} When the model branches.
 * @example l2Norm(model).hidden; // [1.4, 0.2, …], one number a neuron or filter
 */
export function l2Norm(model: tf.LayersModel): UnitScores {
  return scoreUnits(model, (layer) => Float32Array.from(sumOfWeights(layer, (weight) => weight ** 2), Math.sqrt));
}
