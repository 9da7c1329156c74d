import * as tf from "@tensorflow/tfjs";
import { assignWeights } from "../../layers/assignWeights.js";
import { cloneModel } from "../../layers/cloneModel.js";
import type { LayerConfig } from "../../layers/cloneModel.js";
import { hasUnits } from "./chain.js";
import { foldUnits } from "./foldUnits.js";
import type { KeptUnits } from "./keptUnits.js";
import type { UnitNotRemoved } from "./pruningReport.js";
import { removalsOf } from "./segments.js";
import { featuresOf, indices, kernelSizes, sliceKernel, unitsOf } from "./unitWeights.js";

/** A model without some units. */
export interface SlicedModel {
  model: tf.LayersModel;
  /** The units that are left of the layers that lost some. */
  units: KeptUnits;
  notRemoved: UnitNotRemoved[];
}

/** What changes in a layer; null where it keeps what it has. */
interface Slice {
  units: number[] | null;
  features: number[] | null;
  bias: Float32Array | null;
}

function resize(entry: LayerConfig, layer: tf.layers.Layer, { units, bias }: Slice): LayerConfig {
  const size = /^Q?Conv2D$/.test(layer.getClassName()) ? "filters" : "units";
  return {
    ...entry,
    config: { ...entry.config, ...(units && { [size]: units.length }), ...(bias && { useBias: true }) },
  };
}

/** The weights that a layer has left, as tensors. */
function slicedWeights(layer: tf.layers.Layer, slice: Slice): tf.Tensor[] {
  const values = layer.weights.map((weight) => weight.read().dataSync() as Float32Array);
  if (!hasUnits(layer)) {
    // The vectors of a normalization hold a number a feature.
    return values.map((vector) => tf.tensor1d((slice.features ?? indices(vector.length)).map((feature) => vector[feature])));
  }
  const sizes = kernelSizes(layer);
  const { features = null, units = null } = slice;
  const [inputs, outputs] = [features ?? indices(sizes[1]), units ?? indices(sizes[2])];
  const window = layer.weights[0].shape.slice(0, -2) as number[];
  const kernel = tf.tensor(sliceKernel(values[0], sizes, inputs, outputs), [...window, inputs.length, outputs.length]);
  const bias = slice.bias ?? values[1];
  return bias ? [kernel, tf.tensor1d(outputs.map((unit) => bias[unit]))] : [kernel];
}

/**
 * A copy of a model without units that the network computes the same without; those it needs stay.
 *
 * @param keep Leaves out only units whose incoming weights, or outgoing weights, are all zero.
 */
export function sliceUnits(model: tf.LayersModel, keep: KeptUnits): SlicedModel {
  const slices = new Map<tf.layers.Layer, Slice>();
  const left: Record<string, number[]> = {};
  const notRemoved: UnitNotRemoved[] = [];
  const change = (layer: tf.layers.Layer, part: Partial<Slice>): void => {
    slices.set(layer, { units: null, features: null, bias: null, ...slices.get(layer), ...part });
  };
  for (const removal of removalsOf(model, keep)) {
    const { layer, between, next } = removal.segment;
    const { removed, bias, notRemoved: stuck } = foldUnits(removal);
    notRemoved.push(...stuck.map((unit) => ({ layer: layer.name, ...unit })));
    if (removed.length === 0) continue;
    const unitCount = unitsOf(layer);
    const units = indices(unitCount).filter((unit) => !removed.includes(unit));
    left[layer.name] = units;
    change(layer, { units });
    for (const passed of between) {
      const features = passed.weights[0]?.shape[0];
      if (features) change(passed, { features: featuresOf(units, unitCount, features) });
    }
    change(next, { features: featuresOf(units, unitCount, kernelSizes(next)[1]), bias });
  }
  const sliced = cloneModel(
    model,
    (entry, layer) => {
      const slice = slices.get(layer);
      return slice && hasUnits(layer) ? resize(entry, layer, slice) : entry;
    },
    (from, to) => {
      const slice = slices.get(from);
      tf.tidy(() => assignWeights(to, slice ? slicedWeights(from, slice) : from.getWeights()));
    },
  );
  return { model: sliced, units: left, notRemoved };
}
