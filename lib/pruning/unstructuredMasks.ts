import { acrossLayers } from "./acrossLayers.js";
import type { Masks } from "./customFromMask.js";
import { magnitudeMask } from "./magnitudeMask.js";
import { validateSparsity } from "./pruningSchedule.js";
import type { WeightScores } from "./weightScores.js";

/** Arguments of `unstructuredMasks`. */
export interface UnstructuredMasksArgs {
  /** Share of zeros, 0 to below 1: of each layer, or by name of the layers that are pruned. */
  sparsity: number | Record<string, number>;
  /**
   * Among which weights the least important are sought: those of a layer, of one unit, or of all layers together.
   * Default "layer".
   */
  scope?: "layer" | "unit" | "global";
}

/** Each unit keeps the same share of its inputs. */
function unitMask(scores: Float32Array, units: number, sparsity: number): Float32Array {
  const mask = new Float32Array(scores.length);
  for (let unit = 0; unit < units; unit++) {
    const own = Float32Array.from({ length: scores.length / units }, (_, input) => scores[input * units + unit]);
    magnitudeMask(own, sparsity).forEach((kept, input) => (mask[input * units + unit] = kept));
  }
  return mask;
}

function globalMasks(scores: WeightScores, sparsity: number): Masks {
  const masks = acrossLayers(Object.values(scores).map((layer) => layer.scores), (all) => magnitudeMask(all, sparsity));
  return Object.fromEntries(Object.keys(scores).map((name, i) => [name, masks[i]]));
}

/**
 * Masks that keep the weights with the highest scores; of equal ones those that come first.
 *
 * @returns Masks for `customFromMask`, exactly as sparse as asked for, at least one weight kept of each layer, unit or
 *   model that is looked at.
 * @throws {RangeError} When a sparsity is out of range, or given by layer for the scope "global".
 * @throws {TypeError} When a layer that is named has no scores.
 * @example
 * const masks = unstructuredMasks(magnitude(model), { sparsity: 0.9, scope: "global" });
 * const pruned = customFromMask(model, masks);
 */
export function unstructuredMasks(scores: WeightScores, { sparsity, scope = "layer" }: UnstructuredMasksArgs): Masks {
  if (!["layer", "unit", "global"].includes(scope)) throw new RangeError(`Expected scope to be layer, unit or global but found ${scope}.`);
  const each = typeof sparsity === "number" ? Object.fromEntries(Object.keys(scores).map((name) => [name, sparsity])) : sparsity;
  for (const [name, value] of Object.entries(each)) validateSparsity(`sparsity of ${name}`, value);
  if (scope === "global") {
    if (typeof sparsity !== "number") throw new RangeError("Expected one sparsity for the scope global but found one a layer.");
    return globalMasks(scores, sparsity);
  }
  return Object.fromEntries(
    Object.entries(each).map(([name, share]) => {
      const layer = scores[name];
      if (!layer) throw new TypeError(`Expected scores of ${name} but found those of ${Object.keys(scores).join(", ")}.`);
      const units = layer.shape[layer.shape.length - 1];
      return [name, scope === "unit" ? unitMask(layer.scores, units, share) : magnitudeMask(layer.scores, share)];
    }),
  );
}
