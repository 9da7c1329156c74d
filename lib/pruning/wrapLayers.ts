import type * as tf from "@tensorflow/tfjs";
import { assignWeights } from "../layers/assignWeights.js";
import { cloneModel } from "../layers/cloneModel.js";
import type { LayerConfig } from "../layers/cloneModel.js";
import type { PruningBehaviour } from "./magnitudeMask.js";
import { kernelOf, plainLayer, PruneLowMagnitude } from "./pruneLowMagnitudeLayer.js";
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
 * @throws {TypeError} When one of them is being pruned already, or blocks are asked for and a kernel is no matrix.
 */
export function wrapLayers(
  model: tf.LayersModel,
  names: readonly string[] | undefined,
  wrapping: (layer: tf.layers.Layer) => Wrapping,
): tf.LayersModel {
  const isPlain = (layer: tf.layers.Layer): boolean => !(layer instanceof PruneLowMagnitude);
  const prunable = model.layers.filter((layer) => kernelOf(layer) && isPlain(layer));
  const wrapped = model.layers.filter((layer) => !isPlain(layer) && (names?.includes(plainLayer(layer).name) ?? prunable.length === 0));
  if (wrapped.length > 0) throw new TypeError(`Expected a plain layer but found ${wrapped[0].name}: call stripPruning first.`);
  for (const name of names ?? []) {
    if (prunable.some((layer) => layer.name === name)) continue;
    const found = prunable.map((layer) => layer.name).join(", ");
    throw new RangeError(`Expected the name of a layer with a kernel, one of ${found}, but found "${name}".`);
  }
  const wrappings = new Map<tf.layers.Layer, Wrapping>();
  for (const layer of prunable) {
    if (!(names?.includes(layer.name) ?? true)) continue;
    const found = wrapping(layer);
    const { blockSize, sparsityMByN } = found.pattern;
    const { shape } = kernelOf(layer) as tf.LayerVariable;
    const isBlock = Math.max(...blockSize) > 1;
    if ((isBlock && shape.length !== 2) || (sparsityMByN && shape.length < 2)) {
      throw new TypeError(`Expected a kernel [inputs, units] for blocks but ${layer.name} has one of shape [${shape}].`);
    }
    wrappings.set(layer, found);
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
