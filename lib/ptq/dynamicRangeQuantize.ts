import type * as tf from "@tensorflow/tfjs";
import { quantizedAffine } from "../quantizers/quantizedAffine.js";
import { checkCalibration } from "./calibrationRange.js";
import { denseChain, rawWeights } from "./denseChain.js";
import type { DenseChain } from "./denseChain.js";
import { kernelFormat } from "./kernelFormat.js";
import type { WeightQuantization } from "./kernelFormat.js";
import { buildQuantizedChain } from "./quantizedChain.js";

/** What `dynamicRangeQuantize` takes. */
export interface DynamicRangeQuantizeArgs extends WeightQuantization {
  /** Codes of inputs from -128 on with a zero point, instead of -127 to 127 (TFLite: `asymmetric_quantize_inputs`). Default true. */
  asymmetricQuantizeInputs?: boolean;
}

/** Throws unless a model computes in floats. */
export function refuseQuantizers({ model, before, blocks }: DenseChain): void {
  const found = [...before, ...blocks.flatMap(({ activations }) => activations)].find(({ quantizer }) => quantizer);
  if (found) throw new TypeError(`Expected a model whose activations are float but ${model.name} has ${found.name}.`);
}

/**
 * Quantizes a trained model as TFLite's dynamic range quantization does: weights are integers; the input of each dense
 * layer is quantized to 8 bits at run time, with the range of each single row, so that products are those of integers
 * (TFLite: `FullyConnected`, hybrid). No calibration set is needed. Biases and activations are float32. Small kernels are
 * quantized too, while TFLite's converter leaves those of fewer than 1,024 weights as they are.
 *
 * @param model Built, a chain of Dense, activations, Dropout and Flatten; it stays as it is.
 * @param options See `DynamicRangeQuantizeArgs`.
 * @returns A sequential model that is not compiled: a `qActivation` that finds its range anew for each row before each
 *   `qDense`. Dropout is left out.
 * @throws {TypeError} When the model has another layer or quantized activations.
 * @throws {RangeError} When an option is out of range.
 * @example const quantized = dynamicRangeQuantize(model);
 */
export function dynamicRangeQuantize(model: tf.LayersModel, options: DynamicRangeQuantizeArgs = {}): tf.Sequential {
  checkCalibration(options);
  const chain = denseChain(model);
  refuseQuantizers(chain);
  if (chain.before.length > 0) throw new TypeError(`Expected a dense layer first but found ${chain.before[0].name}.`);
  const symmetric = !(options.asymmetricQuantizeInputs ?? true);
  return buildQuantizedChain(
    chain,
    chain.blocks.map((block) => ({
      block,
      inputQuantizer: quantizedAffine({ bits: 8, symmetric, axis: 0 }),
      kernelQuantizer: kernelFormat(rawWeights(block).kernel, block.units, options),
      biasQuantizer: null,
      activations: block.activations.map(({ name }) => name),
    })),
  );
}
