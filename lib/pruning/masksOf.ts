import type * as tf from "@tensorflow/tfjs";
import type { Masks } from "./customFromMask.js";
import { kernelOf, plainLayer, PruneLowMagnitude } from "./pruneLowMagnitudeLayer.js";

/**
 * The masks of a model.
 *
 * @param model One that is pruned, or a plain one, where a weight that is zero counts as pruned.
 * @returns By name of the layers with a kernel, the names as in the plain model; for `customFromMask`.
 * @example masksOf(pruned).dense_1; // [1, 0, 0, 1, …]
 */
export function masksOf(model: tf.LayersModel): Masks {
  const masks: Masks = {};
  for (const outer of model.layers) {
    const layer = plainLayer(outer);
    const kernel = kernelOf(layer);
    if (!kernel) continue;
    masks[layer.name] =
      outer instanceof PruneLowMagnitude
        ? Float32Array.from(outer.maskValues())
        : Float32Array.from(kernel.read().dataSync(), (weight) => Number(weight !== 0));
  }
  return masks;
}
