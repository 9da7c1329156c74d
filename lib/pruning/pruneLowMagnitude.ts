import type * as tf from "@tensorflow/tfjs";
import { constantSparsity } from "./constantSparsity.js";
import type { PruningBehaviour } from "./magnitudeMask.js";
import { pruningPattern } from "./pruningPattern.js";
import type { PruningPattern } from "./pruningPattern.js";
import type { PruningSchedule } from "./pruningSchedule.js";
import { wrapLayers } from "./wrapLayers.js";

/** Arguments of `pruneLowMagnitude`. */
export interface PruneLowMagnitudeArgs extends Partial<PruningPattern> {
  /**
   * When how much is pruned: of each layer alike, or by name of the layers to prune, for a budget a layer. Default
   * TFMOT's: constantSparsity of 50 % from step 0.
   */
  pruningSchedule?: PruningSchedule | Record<string, PruningSchedule>;
  /** See `PruningBehaviour`. Default "exact". */
  behaviour?: PruningBehaviour;
  /** Names of the layers to prune. Default all that have a kernel, or that have a schedule. */
  layers?: string[];
}

const isSchedule = (given: PruningSchedule | Record<string, PruningSchedule>): given is PruningSchedule =>
  typeof given.shouldPrune === "function";

/**
 * Makes a model whose kernels are pruned by magnitude while it trains (TFMOT: `prune_low_magnitude`).
 *
 * Weights are pruned one by one, in blocks (`blockSize`), or m of every n (`sparsityMByN`, for which the schedule's
 * sparsity does not count); each layer by itself or, with `scope: "global"`, all by one threshold, which may leave
 * little of a layer whose weights are small. Of separable convolutions the pointwise kernel is pruned, of depthwise ones nothing.
 *
 * @param model A built model; it stays as it is, its weights are copied.
 * @returns A model that is not compiled. Train it with `fit`, which follows the schedule; then `stripPruning`. The model's own
 *   `model.fit` throws: it would not follow it.
 * @throws {RangeError} When a layer to prune does not exist or none has a kernel, or the pattern makes no sense.
 * @throws {TypeError} When a layer to prune is being pruned already, or blocks are asked for and a kernel is no matrix.
 * @example
 * const pruningSchedule = polynomialDecay({ initialSparsity: 0, finalSparsity: 0.5, beginStep: 0, endStep: 1000 });
 * const pruned = pruneLowMagnitude(model, { pruningSchedule });
 */
export function pruneLowMagnitude(model: tf.LayersModel, args: PruneLowMagnitudeArgs = {}): tf.LayersModel {
  const { pruningSchedule = constantSparsity({ targetSparsity: 0.5, beginStep: 0 }), behaviour = "exact" } = args;
  const { layers = isSchedule(pruningSchedule) ? undefined : Object.keys(pruningSchedule) } = args;
  const pattern = pruningPattern(args);
  const scheduleOf = (name: string): PruningSchedule => {
    const schedule = isSchedule(pruningSchedule) ? pruningSchedule : pruningSchedule[name];
    if (!schedule) throw new RangeError(`Expected a schedule for each layer to prune but found none for "${name}".`);
    return schedule;
  };
  return wrapLayers(model, layers, (layer) => ({ pruningSchedule: scheduleOf(layer.name), behaviour, pattern }));
}
