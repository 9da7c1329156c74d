import type * as tf from "@tensorflow/tfjs";
import { plainLayer } from "../pruneLowMagnitudeLayer.js";
import { chainOf, hasUnits } from "../structural/chain.js";

/**
 * How important each unit of a layer is, a neuron or a filter, by name of the layers; higher is more important. The last
 * layer's units are the model's outputs and have no scores.
 */
export type UnitScores = Record<string, Float32Array>;

/** The layers whose units are scored: all that have units but the last. */
export function scoredLayers(model: tf.LayersModel): tf.layers.Layer[] {
  return chainOf(model).filter(hasUnits).slice(0, -1).map(plainLayer);
}

/** Scores the units of each layer that has any but the last; the layers' names are those of the plain model. */
export function scoreUnits(model: tf.LayersModel, score: (layer: tf.layers.Layer) => Float32Array): UnitScores {
  return Object.fromEntries(scoredLayers(model).map((layer) => [layer.name, score(layer)]));
}
