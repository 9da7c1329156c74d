import type * as tf from "@tensorflow/tfjs";
import { countOperations } from "../../layers/countOperations.js";
import { segmentsOf } from "./segments.js";
import type { KeptUnits } from "./keptUnits.js";
import { indices, unitsOf } from "./unitWeights.js";

/** Sizes of one layer, or of the whole model, before and after units were removed. */
export interface LayerPruning {
  layer: string;
  /** Neurons, filters, or features of a normalization; of the total only those that can be removed. */
  unitsBefore: number;
  unitsAfter: number;
  /** Weights, biases and what normalizations keep. */
  paramsBefore: number;
  paramsAfter: number;
  /** Multiply-accumulates a sample, all weights counted, also those that are zero. */
  macsBefore: number;
  macsAfter: number;
}

/** A unit that could not be removed. */
export interface UnitNotRemoved {
  layer: string;
  /** Counted from 0, in the model before. */
  unit: number;
  reason: string;
}

/** What removing units did to a model. */
export interface PruningReport {
  /** A row a layer that has weights, in order, and a last one named "total"; `table` shows them. */
  layers: LayerPruning[];
  /** The units that are left of each layer that could lose some, counted as in the model before. */
  units: KeptUnits;
  /** Units that were to be removed but are needed, switched off, for what they give. */
  notRemoved: UnitNotRemoved[];
}

/**
 * Compares a model with what is left of it.
 *
 * @param left The units left of the layers that lost some.
 */
export function pruningReport(
  before: tf.LayersModel,
  after: tf.LayersModel,
  left: KeptUnits,
  notRemoved: UnitNotRemoved[],
): PruningReport {
  const prunable = segmentsOf(before).map(({ layer }) => layer);
  const units = Object.fromEntries(prunable.map((layer) => [layer.name, left[layer.name] ?? indices(unitsOf(layer))]));
  const sizeOf = (model: tf.LayersModel, name: string): number => {
    if (name === "total") return segmentsOf(model).reduce((sum, { layer }) => sum + unitsOf(layer), 0);
    return (model.getLayer(name).outputShape as tf.Shape).at(-1) as number;
  };
  const smaller = countOperations(after);
  const layers = countOperations(before).map(({ layer, params, macs }, i) => ({
    layer,
    unitsBefore: sizeOf(before, layer),
    unitsAfter: sizeOf(after, layer),
    paramsBefore: params,
    paramsAfter: smaller[i].params,
    macsBefore: macs,
    macsAfter: smaller[i].macs,
  }));
  return { layers, units, notRemoved };
}
