import type * as tf from "@tensorflow/tfjs";
import { assignWeights } from "../layers/assignWeights.js";
import { cloneModel } from "../layers/cloneModel.js";
import type { LayerConfig } from "../layers/cloneModel.js";
import { constantSparsity } from "./constantSparsity.js";
import type { PruningBehaviour } from "./magnitudeMask.js";
import { kernelOf, PruneLowMagnitude } from "./pruneLowMagnitudeLayer.js";
import type { PruningSchedule } from "./pruningSchedule.js";

/** Arguments of `pruneLowMagnitude`. */
export interface PruneLowMagnitudeArgs {
  /** When how much is pruned, of each layer alike. Default TFMOT's: constantSparsity of 50 % from step 0. */
  pruningSchedule?: PruningSchedule;
  /** See `PruningBehaviour`. Default "exact". */
  behaviour?: PruningBehaviour;
  /** Names of the layers to prune. Default all that have a kernel. */
  layers?: string[];
}

/**
 * Makes a model whose kernels are pruned by magnitude while it trains (TFMOT: `prune_low_magnitude`).
 *
 * @param model A built model; it stays as it is, its weights are copied.
 * @returns A model that is not compiled. Train it with `fit`, which follows the schedule; then `stripPruning`.
 * @throws {RangeError} When a layer to prune does not exist or none has a kernel.
 * @example
 * const pruningSchedule = polynomialDecay({ initialSparsity: 0, finalSparsity: 0.5, beginStep: 0, endStep: 1000 });
 * const pruned = pruneLowMagnitude(model, { pruningSchedule });
 */
export function pruneLowMagnitude(model: tf.LayersModel, args: PruneLowMagnitudeArgs = {}): tf.LayersModel {
  const { pruningSchedule = constantSparsity({ targetSparsity: 0.5, beginStep: 0 }), behaviour = "exact", layers } = args;
  for (const name of layers ?? []) {
    const layer = model.layers.find((candidate) => candidate.name === name);
    if (!layer || !kernelOf(layer)) {
      const prunable = model.layers.filter(kernelOf).map((candidate) => candidate.name);
      throw new RangeError(`Expected the name of a layer with a kernel, one of ${prunable.join(", ")}, but found "${name}".`);
    }
  }
  const chosen = model.layers.filter(
    (layer) => kernelOf(layer) && !(layer instanceof PruneLowMagnitude) && (layers?.includes(layer.name) ?? true),
  );
  if (chosen.length === 0) throw new RangeError("The model has no layer with a kernel that could be pruned.");
  return cloneModel(
    model,
    (config, layer) => (chosen.includes(layer) ? wrap(config, pruningSchedule, behaviour) : config),
    (from, to) => assignWeights(to instanceof PruneLowMagnitude && chosen.includes(from) ? to.layer : to, from.getWeights()),
  );
}

function wrap(config: LayerConfig, schedule: PruningSchedule, behaviour: PruningBehaviour): LayerConfig {
  const { batchInputShape } = config.config;
  return {
    className: PruneLowMagnitude.className,
    config: {
      name: `prune_low_magnitude_${config.config.name}`,
      ...(batchInputShape ? { batchInputShape } : {}),
      layer: config as unknown as tf.serialization.ConfigDict,
      pruningSchedule: { className: schedule.className, config: schedule.getConfig() },
      behaviour,
    },
  };
}
