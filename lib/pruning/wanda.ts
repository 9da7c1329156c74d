import type * as tf from "@tensorflow/tfjs";
import { scoreKernels } from "./weightScores.js";
import type { WeightScores } from "./weightScores.js";

/**
 * Scores weights by magnitude times the norm of what they are multiplied with, |w| · ‖x‖₂ (Sun et al. 2023,
 * arXiv:2306.11695). The paper compares the weights of one unit with each other: `scope: "unit"`.
 *
 * @param inputNorms For each layer with a kernel the L2 norm of each of its inputs, [inputs], or [channels] of a
 *   convolution, over a calibration set.
 * @throws {TypeError} When norms are missing or not as many as the layer has inputs.
 * @example unstructuredMasks(wanda(model, norms), { sparsity: 0.5, scope: "unit" });
 */
export function wanda(model: tf.LayersModel, inputNorms: Record<string, ArrayLike<number>>): WeightScores {
  return scoreKernels(model, (weights, { name }, shape) => {
    const [inputs, units] = shape.slice(-2);
    const norms = inputNorms[name];
    if (norms?.length !== inputs) {
      throw new TypeError(`Expected ${inputs} norms of the inputs of ${name} but found ${norms ? norms.length : "none"}.`);
    }
    return weights.map((weight, i) => Math.abs(weight) * norms[Math.floor(i / units) % inputs]);
  });
}
