import type * as tf from "@tensorflow/tfjs";
import { assignWeights } from "../layers/assignWeights.js";
import { cloneModel } from "../layers/cloneModel.js";
import type { LayerConfig } from "../layers/cloneModel.js";
import type { PruningBehaviour } from "./magnitudeMask.js";
import { kernelOf, PruneLowMagnitude } from "./pruneLowMagnitudeLayer.js";
import type { PruningPattern } from "./pruningPattern.js";
import type { PruningSchedule } from "./pruningSchedule.js";

/** How a layer is wrapped. */
interface Wrapping {
  pruningSchedule: PruningSchedule;
  behaviour: PruningBehaviour;
  pattern: PruningPattern;
}

/**
 * A copy of a model with some layers inside of `PruneLowMagnitude`.
 *
 * @param names Of the layers; all that have a kernel by default.
 * @throws {RangeError} When one of them does not exist or has no kernel, or there is none.
 * @throws {TypeError} When blocks are asked for and a kernel is no matrix.
 */
export function wrapLayers(
  model: tf.LayersModel,
  names: readonly string[] | undefined,
  wrapping: (layer: tf.layers.Layer) => Wrapping,
): tf.LayersModel {
  for (const name of names ?? []) {
    const layer = model.layers.find((candidate) => candidate.name === name);
    if (!layer || !kernelOf(layer)) {
      const prunable = model.layers.filter(kernelOf).map((candidate) => candidate.name);
      throw new RangeError(`Expected the name of a layer with a kernel, one of ${prunable.join(", ")}, but found "${name}".`);
    }
  }
  const wrappings = new Map<tf.layers.Layer, Wrapping>();
  for (const layer of model.layers) {
    const kernel = kernelOf(layer);
    if (!kernel || layer instanceof PruneLowMagnitude || !(names?.includes(layer.name) ?? true)) continue;
    const { blockSize, sparsityMByN } = wrapping(layer).pattern;
    const isBlock = Math.max(...blockSize) > 1;
    if ((isBlock && kernel.shape.length !== 2) || (sparsityMByN && kernel.shape.length < 2)) {
      throw new TypeError(`Expected a kernel [inputs, units] for blocks but ${layer.name} has one of shape [${kernel.shape}].`);
    }
    wrappings.set(layer, wrapping(layer));
  }
  if (wrappings.size === 0) throw new RangeError("The model has no layer with a kernel that could be pruned.");
  return cloneModel(
    model,
    (config, layer) => {
      const found = wrappings.get(layer);
      return found ? wrap(config, found) : config;
    },
    (from, to) => assignWeights(to instanceof PruneLowMagnitude && wrappings.has(from) ? to.layer : to, from.getWeights()),
  );
}

function wrap(config: LayerConfig, { pruningSchedule: schedule, behaviour, pattern }: Wrapping): LayerConfig {
  const { batchInputShape } = config.config;
  return {
    className: PruneLowMagnitude.className,
    config: {
      name: `prune_low_magnitude_${config.config.name}`,
      ...(batchInputShape ? { batchInputShape } : {}),
      layer: config as unknown as tf.serialization.ConfigDict,
      pruningSchedule: { className: schedule.className, config: schedule.getConfig() },
      behaviour,
      pattern: { ...pattern } as unknown as tf.serialization.ConfigDict,
    },
  };
}
