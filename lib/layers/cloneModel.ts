import type * as tf from "@tensorflow/tfjs";
import { assignWeights } from "./assignWeights.js";

/** A layer as it stands in a model's config. */
export interface LayerConfig {
  className: string;
  config: tf.serialization.ConfigDict & { name: string };
}

/** That a layer is left out, and the name of the one, before it, whose output is taken instead of its own. */
export interface LeftOut {
  instead: string;
}

type ModelClass = { fromConfig(cls: unknown, config: tf.serialization.ConfigDict): tf.LayersModel };

/** Replaces the names of layers wherever a functional model's config refers to them. */
function rename(value: unknown, names: Map<string, string>): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((item, i) =>
    i === 0 && typeof item === "string" ? (names.get(item) ?? item) : rename(item, names),
  );
}

/**
 * A copy of a model with the same layers and no weights in common, or with some layers replaced
 * (Keras: `clone_model` with a `clone_function`) or left out.
 *
 * @param model A sequential or functional model.
 * @param replace Gives for a layer the config of the one to stand in its place; the layer itself by default. One
 *   that leaves a layer out names a layer that stays.
 * @param transfer Brings the weights of a layer into its replacement; all of them in order by default.
 * @returns A model that is built but not compiled.
 */
export function cloneModel(
  model: tf.LayersModel,
  replace: (config: LayerConfig, layer: tf.layers.Layer) => LayerConfig | LeftOut = (config) => config,
  transfer: (from: tf.layers.Layer, to: tf.layers.Layer) => void = (from, to) => {
    assignWeights(to, from.getWeights());
  },
): tf.LayersModel {
  const config = model.getConfig() as tf.serialization.ConfigDict & { layers: tf.serialization.ConfigDict[] };
  const names = new Map<string, string>();
  const leftOut = new Set<string>();
  const replaced = config.layers.flatMap((entry) => {
    const old = entry as unknown as LayerConfig;
    const layer = model.getLayer(old.config.name);
    const next = replace(old, layer);
    if ("instead" in next) {
      leftOut.add(old.config.name);
      names.set(old.config.name, next.instead);
      return [];
    }
    names.set(old.config.name, next.config.name);
    return [{ ...entry, ...next, name: next.config.name }];
  });
  const renamed = replaced.map((entry) => ({
    ...entry,
    inboundNodes: rename((entry as { inboundNodes?: unknown }).inboundNodes, names),
  }));
  const { inputLayers, outputLayers } = config as { inputLayers?: unknown; outputLayers?: unknown };
  const copied = {
    ...config,
    layers: renamed,
    inputLayers: rename(inputLayers, names),
    outputLayers: rename(outputLayers, names),
  } as unknown as tf.serialization.ConfigDict;
  const cls = model.constructor as unknown as ModelClass;
  const clone = cls.fromConfig(cls, copied);
  for (const layer of model.layers) {
    if (leftOut.has(layer.name)) continue;
    transfer(layer, clone.getLayer(names.get(layer.name) ?? layer.name));
  }
  return clone;
}
