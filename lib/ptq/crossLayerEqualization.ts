import * as tf from "@tensorflow/tfjs";
import { assignWeights } from "../layers/assignWeights.js";
import { cloneModel } from "../layers/cloneModel.js";
import { QDense } from "../layers/qDense.js";
import { checkWeights } from "./checkWeights.js";
import { denseChain, rawWeights } from "./denseChain.js";
import type { DenseBlock } from "./denseChain.js";

/** Rounds over all pairs; after a few nothing moves any more. */
const MOST_ROUNDS = 50;
const TOLERANCE = 1e-6;

interface Weights {
  block: DenseBlock;
  kernel: Float32Array;
  bias: Float32Array | null;
}

/** Largest magnitude of the weights that lead to a unit of the first layer, and of those that lead from it in the second. */
function ranges(first: Weights, second: Weights, unit: number): [number, number] {
  let [into, from] = [0, 0];
  const { inputs, units } = first.block;
  for (let i = 0; i < inputs; i++) into = Math.max(into, Math.abs(first.kernel[i * units + unit]));
  const next = second.block.units;
  for (let j = 0; j < next; j++) from = Math.max(from, Math.abs(second.kernel[unit * next + j]));
  return [into, from];
}

/** Brings both ranges of each unit between two layers to their geometric mean; returns the largest change of a scale. */
function equalize(first: Weights, second: Weights): number {
  const { inputs, units } = first.block;
  const next = second.block.units;
  let change = 0;
  for (let unit = 0; unit < units; unit++) {
    const [into, from] = ranges(first, second, unit);
    if (into === 0 || from === 0) continue; // a dead unit has nothing to equalize
    const scale = Math.sqrt(into / from);
    change = Math.max(change, Math.abs(Math.log(scale)));
    for (let i = 0; i < inputs; i++) first.kernel[i * units + unit] /= scale;
    if (first.bias) first.bias[unit] /= scale;
    for (let j = 0; j < next; j++) second.kernel[unit * next + j] *= scale;
  }
  return change;
}

/**
 * Scales the units between two dense layers such that their weights into it and from it have the same range, which one
 * scale for a whole kernel can then serve (cross-layer equalization; Nagel et al. 2019, arXiv:1906.04721). What the model
 * computes stays the same: `relu(s x) = s relu(x)` for s > 0.
 *
 * @param model Built, a chain of Dense, activations, Dropout and Flatten; pairs with ReLU or no activation between them are
 *   equalized. It stays as it is.
 * @returns A copy that is not compiled.
 * @throws {TypeError} When the model has another layer or one that is quantized.
 * @throws {RangeError} When a weight is not finite.
 * @example const quantized = weightOnlyQuantize(crossLayerEqualization(model), { perChannel: false });
 */
export function crossLayerEqualization(model: tf.LayersModel): tf.LayersModel {
  const { blocks } = denseChain(model);
  const quantized = blocks.find(({ layer }) => layer instanceof QDense && (layer.kernelQuantizer || layer.biasQuantizer));
  if (quantized) throw new TypeError(`Expected a model before it is quantized but ${quantized.name} has a quantizer.`);
  const weights = blocks.map((block) => ({ block, ...rawWeights(block) }));
  for (const { block, kernel, bias } of weights) for (const numbers of bias ? [kernel, bias] : [kernel]) checkWeights(block.name, numbers);
  const pairs = weights.slice(1).map((second, i) => [weights[i], second] as const);
  const scalable = pairs.filter(([{ block }]) => block.activations.every(({ name }) => name === "relu"));
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const change = Math.max(0, ...scalable.map(([first, second]) => equalize(first, second)));
    if (change < TOLERANCE) break;
  }
  const equalized = cloneModel(model);
  tf.tidy(() => {
    for (const { block, kernel, bias } of weights) {
      const { name, inputs, units } = block;
      assignWeights(equalized.getLayer(name), [tf.tensor(kernel, [inputs, units]), ...(bias ? [tf.tensor(bias, [units])] : [])]);
    }
  });
  return equalized;
}
