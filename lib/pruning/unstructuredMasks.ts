import { chooseMasks } from "./chooseMasks.js";
import type { Masks } from "./customFromMask.js";
import { sparsityByLayer } from "./sparsityByLayer.js";
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

/**
 * Masks of single weights that keep those with the highest scores; of equal ones those that come first. Patterns that
 * hardware can use are those of `semiStructuredMasks`.
 *
 * @returns Masks for `customFromMask`, exactly as sparse as asked for, at least one weight kept of each layer, unit or
 *   model that is looked at.
 * @throws {RangeError} When a sparsity is out of range, a score is NaN, or a sparsity is given by layer for the scope "global".
 * @throws {TypeError} When a layer that is named has no scores.
 * @example
 * const masks = unstructuredMasks(magnitude(model), { sparsity: 0.9, scope: "global" });
 * const pruned = customFromMask(model, masks);
 */
export function unstructuredMasks(scores: WeightScores, { sparsity, scope = "layer" }: UnstructuredMasksArgs): Masks {
  if (!["layer", "unit", "global"].includes(scope)) throw new RangeError(`Expected scope to be layer, unit or global but found ${scope}.`);
  const each = sparsityByLayer(scores, sparsity);
  const layers = Object.keys(each).map((name) => ({ values: scores[name].scores, shape: scores[name].shape }));
  if (scope !== "global") {
    const masks = Object.entries(each).map(([name, share], i) => [name, chooseMasks([layers[i]], { sparsity: share, scope })[0]]);
    return Object.fromEntries(masks) as Masks;
  }
  if (typeof sparsity !== "number") throw new RangeError("Expected one sparsity for the scope global but found one a layer.");
  const masks = chooseMasks(layers, { sparsity, scope });
  return Object.fromEntries(Object.keys(each).map((name, i) => [name, masks[i]]));
}
