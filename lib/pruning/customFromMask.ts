import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../data/shape.js";
import { fixedMask } from "./fixedMask.js";
import { kernelOf, PruneLowMagnitude } from "./pruneLowMagnitudeLayer.js";
import { defaultPattern } from "./pruningPattern.js";
import { wrapLayers } from "./wrapLayers.js";

/** For layers by name 1 for each weight of the kernel that is kept and 0 for each that is pruned, row-major. */
export type Masks = Record<string, Float32Array>;

/**
 * Makes a model with masks that were chosen before: masked weights are zero and stay zero while it trains
 * (PyTorch: `prune.custom_from_mask`). For criteria other than magnitude, and to rewind a lottery ticket.
 *
 * @param model A built model; it stays as it is, its weights are copied.
 * @param masks By name of the layers to prune.
 * @returns A model that is not compiled. Train it with `fit`; `stripPruning` makes the plain model again.
 * @throws {RangeError} When a layer does not exist or has no kernel.
 * @throws {TypeError} When a mask has another size than the kernel, or holds something other than 0 and 1, or a layer is
 *   being pruned already.
 * @example
 * const ticket = customFromMask(initialModel, masksOf(pruned)); // Frankle and Carbin 2019
 */
export function customFromMask(model: tf.LayersModel, masks: Masks): tf.LayersModel {
  const pruned = wrapLayers(model, Object.keys(masks), (layer) => {
    const mask = masks[layer.name];
    const size = sizeOf(kernelOf(layer)?.shape as number[]);
    if (mask.length !== size) throw new TypeError(`Expected ${size} numbers in the mask of ${layer.name} but found ${mask.length}.`);
    const other = mask.find((value) => value !== 0 && value !== 1);
    if (other !== undefined) throw new TypeError(`Expected 0 and 1 in the mask of ${layer.name} but found ${other}.`);
    return { pruningSchedule: fixedMask(), behaviour: "exact", pattern: defaultPattern };
  });
  for (const layer of pruned.layers) {
    if (!(layer instanceof PruneLowMagnitude) || !(layer.layer.name in masks)) continue;
    layer.setMask(masks[layer.layer.name]);
    layer.maskWeights();
  }
  return pruned;
}
