import * as tf from "@tensorflow/tfjs";
import { cloneModel } from "../../layers/cloneModel.js";
import { weightQuantizer } from "../../layers/quantizedKernelLayer.js";
import type { KeptUnits } from "./keptUnits.js";
import { removalsOf } from "./segments.js";
import type { Removal } from "./segments.js";
import { unitConstants } from "./unitConstants.js";
import { computedWeights, featuresOf, kernelSizes, unitsOf } from "./unitWeights.js";

/** Sets some numbers of a weight to zero. */
function clear(weight: tf.LayerVariable, isCleared: (index: number) => boolean): void {
  const values = Float32Array.from(weight.read().dataSync(), (value, i) => (isCleared(i) ? 0 : value));
  tf.tidy(() => (weight.read() as tf.Variable).assign(tf.tensor(values, weight.shape as number[])));
}

function clearIncoming({ segment: { layer }, units }: Removal): void {
  const unitCount = unitsOf(layer);
  const removed = new Set(units);
  for (const weight of layer.weights) clear(weight, (i) => removed.has(i % unitCount));
  const { kernel } = computedWeights(layer);
  if (kernel.some((value, i) => value !== 0 && removed.has(i % unitCount))) {
    const quantizer = String(weightQuantizer(layer, 0));
    throw new RangeError(`Expected a kernel quantizer that has a zero for the units of ${layer.name} but found ${quantizer}.`);
  }
}

function clearOutgoing({ segment, units }: Removal): void {
  const [, inputs, outputs] = kernelSizes(segment.next);
  const { values, uniform } = unitConstants(segment);
  const features = featuresOf(units, unitsOf(segment.layer), inputs);
  const silent = new Set(features.filter((feature) => uniform[feature] && values[feature] === 0));
  clear(segment.next.weights[0], (i) => silent.has(Math.floor(i / outputs) % inputs));
}

/**
 * A copy of a model in which some units are switched off: their incoming weights and their bias are zero, so that each
 * gives the same for every input, act(0), or what a normalization behind it makes of it.
 *
 * Where that is 0, as with relu and tanh, the outgoing weights are zero too; nothing is computed otherwise by that, and
 * automatic scales of quantized weights come out as if the unit were not there. It computes what `removeUnits` computes.
 *
 * @param model Built, a chain of layers, not being pruned; it stays as it is.
 * @param keep The units that stay, as `selectUnits` gives them.
 * @returns A model of the same architecture, not compiled.
 * @throws {RangeError} When `keep` names a layer or units that are not there, or the last layer's, which are the model's
 *   outputs; or when a kernel's quantizer has no zero.
 * @throws {TypeError} When the model branches or is being pruned, or a layer, such as softmax, mixes the units.
 * @example maskUnits(model, { hidden: [0, 2, 5] });
 */
export function maskUnits(model: tf.LayersModel, keep: KeptUnits): tf.LayersModel {
  removalsOf(model, keep); // Throws before there is a copy.
  const masked = cloneModel(model);
  const removals = removalsOf(masked, keep);
  try {
    removals.forEach(clearIncoming);
    removals.forEach(clearOutgoing);
  } catch (error) {
    masked.dispose();
    throw error;
  }
  return masked;
}
