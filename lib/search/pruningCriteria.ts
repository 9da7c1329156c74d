import type * as tf from "@tensorflow/tfjs";
import { activationStatistics } from "../measure/activationStatistics.js";
import { customFromMask } from "../pruning/customFromMask.js";
import { erk } from "../pruning/erk.js";
import { apoz } from "../pruning/importance/apoz.js";
import { l2Norm } from "../pruning/importance/l2Norm.js";
import { randomImportance } from "../pruning/importance/randomImportance.js";
import type { UnitScores } from "../pruning/importance/unitScores.js";
import { magnitude } from "../pruning/magnitude.js";
import { keptCount } from "../pruning/magnitudeMask.js";
import { randomUnstructured } from "../pruning/randomUnstructured.js";
import { removeUnits } from "../pruning/structural/removeUnits.js";
import { selectUnits } from "../pruning/structural/selectUnits.js";
import { unitsOf } from "../pruning/structural/unitWeights.js";
import { unstructuredMasks } from "../pruning/unstructuredMasks.js";
import { wanda } from "../pruning/wanda.js";
import type { WeightScores } from "../pruning/weightScores.js";
import type { Samples } from "../training/samples.js";

/**
 * Prunes a copy of a plain model.
 *
 * @param sparsity Share of the weights, or units, that shall be gone in all.
 * @param original The model before the first round of pruning.
 * @returns Not compiled: with masks (`customFromMask`), or with smaller layers (`removeUnits`).
 */
export type PruningCriterion = (model: tf.LayersModel, sparsity: number, original: tf.LayersModel) => Promise<tf.LayersModel>;

/** The criteria of `pruningCriteria`: of single weights and, from `l2Norm` on, of whole units. */
export type PruningCriterionName = "magnitude" | "wanda" | "random" | "l2Norm" | "apoz" | "randomUnits";

/** Masks the weights with the lowest scores, as many of each layer as ERK says. */
function withMasks(model: tf.LayersModel, scores: WeightScores, sparsity: number, scope: "layer" | "unit" = "layer"): tf.LayersModel {
  return customFromMask(model, unstructuredMasks(scores, { sparsity: erk(model, sparsity), scope }));
}

/** Removes units until each layer has as many as are to be left of the original's. */
function withoutUnits(model: tf.LayersModel, scores: UnitScores, sparsity: number, original: tf.LayersModel): tf.LayersModel {
  const counts = Object.entries(scores).map(([layer, own]): [string, number] => {
    const left = keptCount(unitsOf(original.getLayer(layer)), sparsity);
    return [layer, Math.min(left, own.length)];
  });
  return removeUnits(model, selectUnits(scores, { keep: Object.fromEntries(counts) })).model;
}

/**
 * The usual criteria by name, to compare them with each other, for `pruneAndRetrain`.
 *
 * `magnitude`, `wanda` (weights of a unit compared with each other) and `random` prune single weights, small layers less
 * than large ones (`erk`); `l2Norm`, `apoz` and `randomUnits` remove the same share of units of each layer but the last.
 *
 * @param args calibration: samples [n, …] that `wanda` and `apoz` look at; seed: of the random ones, default 0.
 * @example
 * const { magnitude } = pruningCriteria({ calibration: validationX });
 * const pruned = await magnitude(model, 0.9, model);
 */
export function pruningCriteria({ calibration, seed = 0 }: {
  calibration: Samples;
  seed?: number;
}): Record<PruningCriterionName, PruningCriterion> {
  return {
    magnitude: async (model, sparsity) => withMasks(model, magnitude(model), sparsity),
    wanda: async (model, sparsity) => {
      const { inputNorms } = await activationStatistics(model, calibration);
      return withMasks(model, wanda(model, inputNorms), sparsity, "unit");
    },
    random: async (model, sparsity) => withMasks(model, randomUnstructured(model, seed), sparsity),
    l2Norm: async (model, sparsity, original) => withoutUnits(model, l2Norm(model), sparsity, original),
    apoz: async (model, sparsity, original) => {
      return withoutUnits(model, apoz(model, await activationStatistics(model, calibration)), sparsity, original);
    },
    randomUnits: async (model, sparsity, original) => withoutUnits(model, randomImportance(model, seed), sparsity, original),
  };
}
