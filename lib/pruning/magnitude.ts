import type * as tf from "@tensorflow/tfjs";
import { scoreKernels } from "./weightScores.js";
import type { WeightScores } from "./weightScores.js";

/**
 * Scores weights by their magnitude |w| (Han et al. 2015, PyTorch: `L1Unstructured`).
 *
 * @example unstructuredMasks(magnitude(model), { sparsity: 0.9, scope: "global" });
 */
export function magnitude(model: tf.LayersModel): WeightScores {
  return scoreKernels(model, (weights) => weights.map(Math.abs));
}
