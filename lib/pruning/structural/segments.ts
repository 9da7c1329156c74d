import type * as tf from "@tensorflow/tfjs";
import { QActivation } from "../../layers/qActivation.js";
import { QuantizedKernelLayer } from "../../layers/quantizedKernelLayer.js";
import { PruneLowMagnitude } from "../pruneLowMagnitudeLayer.js";
import { chainOf, hasUnits } from "./chain.js";
import { checkKeptUnits } from "./keptUnits.js";
import type { KeptUnits } from "./keptUnits.js";
import { indices, unitsOf } from "./unitWeights.js";

/** A layer whose units can be removed, the layers that they pass through, and the layer that they go into. */
export interface Segment {
  layer: tf.layers.Layer;
  between: tf.layers.Layer[];
  next: tf.layers.Layer;
}

/** Units to remove from a layer. */
export interface Removal {
  segment: Segment;
  /** In ascending order; not all of the layer. */
  units: number[];
}

/** Layers that leave each unit to itself and keep the units on the last axis. */
const passable: readonly string[] = [
  "Activation", "ReLU", "LeakyReLU", "ELU", "ThresholdedReLU", "QActivation", "BatchNormalization",
  "Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "Flatten", "ZeroPadding2D",
  "MaxPooling2D", "AveragePooling2D", "GlobalMaxPooling2D", "GlobalAveragePooling2D",
];

function activationName(layer: tf.layers.Layer): unknown {
  return layer instanceof QuantizedKernelLayer || layer instanceof QActivation ? layer.activation?.config : layer.getConfig().activation;
}

function normalizesUnits(layer: tf.layers.Layer): boolean {
  const { axis } = layer.getConfig() as { axis?: number };
  return layer.getClassName() !== "BatchNormalization" || axis === -1 || axis === (layer.outputShape as tf.Shape).length - 1;
}

/** Throws where a unit cannot be removed without changing the others. */
function checkPassage({ layer, between, next }: Segment): void {
  for (const passed of [layer, ...between]) {
    const name = activationName(passed);
    const known = passed === layer || passable.includes(passed.getClassName());
    const isSoftmax = typeof name === "string" && /softmax$/i.test(name);
    if (known && !isSoftmax && normalizesUnits(passed)) continue;
    const found = isSoftmax ? `${passed.name} with the activation ${name}` : `${passed.name}, a ${passed.getClassName()}`;
    const where = `between ${layer.name} and ${next.name}`;
    throw new TypeError(`Expected layers that leave each unit to itself ${where} but found ${found}.`);
  }
}

/**
 * The parts of a model that units can be removed from. The units of the last layer that has any are the model's outputs
 * and stay.
 *
 * @throws {TypeError} When the layers form no chain or some are still being pruned.
 */
export function segmentsOf(model: tf.LayersModel): Segment[] {
  const chain = chainOf(model);
  const wrapped = chain.find((layer) => layer instanceof PruneLowMagnitude);
  if (wrapped) throw new TypeError(`Expected a plain model but found ${wrapped.name}: call stripPruning first.`);
  const at = chain.flatMap((layer, i) => (hasUnits(layer) ? [i] : []));
  return at.slice(1).map((next, i) => ({ layer: chain[at[i]], between: chain.slice(at[i] + 1, next), next: chain[next] }));
}

/**
 * What has to be removed so that the given units are left.
 *
 * @throws {RangeError} When a layer that is named has no units that could be removed, or the units are not some of its.
 * @throws {TypeError} When a layer on the way to the next units mixes units.
 */
export function removalsOf(model: tf.LayersModel, keep: KeptUnits): Removal[] {
  const segments = segmentsOf(model);
  for (const name of Object.keys(keep)) {
    if (segments.some(({ layer }) => layer.name === name)) continue;
    const names = segments.map((segment) => segment.layer.name).join(", ") || "none";
    throw new RangeError(
      `Expected a layer whose units can be removed (${names}; the last one's are the model's outputs) but found "${name}".`,
    );
  }
  return segments.flatMap((segment) => {
    const { layer } = segment;
    const kept = keep[layer.name];
    if (!kept) return [];
    const units = unitsOf(layer);
    checkKeptUnits(layer.name, kept, units);
    const removed = indices(units).filter((unit) => !kept.includes(unit));
    if (removed.length === 0) return [];
    checkPassage(segment);
    return [{ segment, units: removed }];
  });
}
