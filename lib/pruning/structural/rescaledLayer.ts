import type * as tf from "@tensorflow/tfjs";
import { weightQuantizer } from "../../layers/quantizedKernelLayer.js";
import type { Removal } from "./segments.js";
import { featuresOf, indices, kernelSizes, sliceKernel, unitsOf } from "./unitWeights.js";

/** Whether a slice of a weight is quantized to the same numbers as in the whole; null keeps all inputs or units. */
function keepsScale(layer: tf.layers.Layer, index: number, keptInputs: number[] | null, keptUnits: number[] | null): boolean {
  const quantizer = weightQuantizer(layer, index);
  if (!quantizer || !layer.weights[index]) return true;
  const shape = layer.weights[index].shape as number[];
  const [positions, inputs, units] = index === 0 ? kernelSizes(layer) : [1, 1, ...shape];
  const rows = keptInputs ?? indices(inputs);
  const columns = keptUnits ?? indices(units);
  const whole = layer.weights[index].read().dataSync() as Float32Array;
  const slice = (values: Float32Array): Float32Array => sliceKernel(values, [positions, inputs, units], rows, columns);
  const expected = slice(quantizer.quantize(whole, shape));
  const found = quantizer.quantize(slice(whole), index === 0 ? [...shape.slice(0, -2), rows.length, columns.length] : [columns.length]);
  return found.every((value, i) => value === expected[i]);
}

/**
 * The layer whose weights come out of their quantizer otherwise when units are removed, because an automatic scale is found
 * from what is left; null where there is none.
 */
export function rescaledLayer({ segment: { layer, next }, units }: Removal): tf.layers.Layer | null {
  const unitCount = unitsOf(layer);
  const [, features] = kernelSizes(next);
  const kept = indices(unitCount).filter((unit) => !units.includes(unit));
  if (!keepsScale(layer, 0, null, kept) || !keepsScale(layer, 1, null, kept)) return layer;
  return keepsScale(next, 0, featuresOf(kept, unitCount, features), null) ? null : next;
}
