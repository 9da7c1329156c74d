import * as tf from "@tensorflow/tfjs";
import { ready } from "../backend.js";
import { cloneModel } from "../layers/cloneModel.js";
import { QDense } from "../layers/qDense.js";
import type { Samples } from "../training/samples.js";
import { activate, calibrationRows, denseChain, matrixOf, sumsOf } from "./denseChain.js";
import type { DenseBlock } from "./denseChain.js";

const hasQuantizer = ({ layer }: DenseBlock): boolean => layer instanceof QDense && (layer.kernelQuantizer ?? layer.biasQuantizer) !== null;

/** Throws unless the one is a quantized copy of the other. */
function checkPair(quantized: DenseBlock[], float: DenseBlock[]): void {
  if (float.some(hasQuantizer) && !quantized.some(hasQuantizer)) {
    throw new TypeError("Expected the quantized model first and the float model second but found them the other way round.");
  }
  const wanted = float.map(({ name, units }) => `${name} (${units})`).join(", ");
  const found = quantized.map(({ name, units }) => `${name} (${units})`).join(", ");
  if (wanted !== found) throw new TypeError(`Expected the quantized model to have the dense layers ${wanted} but found ${found}.`);
  if (quantized[0].inputs !== float[0].inputs) {
    throw new TypeError(`Expected the quantized model to take ${float[0].inputs} numbers but found ${quantized[0].inputs}.`);
  }
  const without = quantized.find(({ layer }) => layer.weights.length < 2);
  if (without) throw new TypeError(`Expected layers with a bias to correct but ${without.name} has none.`);
}

/**
 * Takes what quantizing has added to the mean of each unit's sum out of its bias (Nagel et al. 2019, arXiv:1906.04721,
 * appendix D: empirical bias correction), layer by layer, each behind corrected ones.
 *
 * @param quantized A quantized copy of the model, layers of the same names; it stays as it is.
 * @param float The model before it was quantized.
 * @param x Samples [n, …], some hundred of the training set.
 * @returns A copy of the quantized model that is not compiled.
 * @throws {TypeError} When the two do not belong together, a layer has no bias, or x is not of the shape that they take.
 * @throws {RangeError} When there are no samples.
 * @example
 * const corrected = await biasCorrection(weightOnlyQuantize(model, { bits: 3 }), model, calibration.x);
 */
export async function biasCorrection(quantized: tf.LayersModel, float: tf.LayersModel, x: Samples): Promise<tf.LayersModel> {
  await ready();
  const original = denseChain(float);
  checkPair(denseChain(quantized).blocks, original.blocks);
  const rows = calibrationRows(original, x);
  const corrected = cloneModel(quantized);
  const chain = denseChain(corrected);
  tf.tidy(() => {
    const samples = matrixOf(rows);
    let wanted = activate(original.before, samples);
    let found = activate(chain.before, samples);
    chain.blocks.forEach((block, i) => {
      const bias = block.layer.weights[1].read() as tf.Variable;
      const sums = sumsOf(original.blocks[i], wanted);
      const shift = tf.mean(tf.sub(sumsOf(block, found), sums), 0);
      bias.assign(tf.sub(bias, shift));
      wanted = activate(original.blocks[i].activations, sums);
      found = activate(block.activations, sumsOf(block, found));
    });
  });
  return corrected;
}
