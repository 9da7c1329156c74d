import type * as tf from "@tensorflow/tfjs";
import { cloneModel } from "../layers/cloneModel.js";
import type { Quantizer } from "../quantizers/quantizer.js";
import { checkCalibration } from "./calibrationRange.js";
import { denseChain, rawWeights } from "./denseChain.js";
import type { DenseBlock } from "./denseChain.js";
import { kernelFormat } from "./kernelFormat.js";
import type { WeightQuantization } from "./kernelFormat.js";
import { byLayer, quantizedLayer } from "./quantizedLayer.js";

/** What `weightOnlyQuantize` takes. */
export interface WeightOnlyQuantizeArgs extends Omit<WeightQuantization, "bits"> {
  /** Bits of a weight's code, 2 to 16, for all dense layers or by name: the others then stay as they are. Default 8. */
  bits?: number | Readonly<Record<string, number>>;
}

/** A copy of a model in which kernels have quantizers of their own; `quantizerOf` gives null for a layer that stays. */
export function withKernelQuantizers(model: tf.LayersModel, quantizerOf: (block: DenseBlock) => Quantizer | null): tf.LayersModel {
  const { blocks } = denseChain(model);
  const quantizers = new Map(blocks.map((block) => [block.layer, quantizerOf(block)]));
  return cloneModel(model, (config, layer) => {
    const quantizer = quantizers.get(layer);
    return quantizer ? quantizedLayer(config, quantizer) : config;
  });
}

/**
 * Quantizes the kernels of a trained model and nothing else (weight-only quantization; what the lecture calls DQ): a file
 * holds integers, the model computes with the floats that they stand for. Biases stay float32.
 *
 * @param model Built, a chain of Dense or QDense, activations, Dropout and Flatten; it stays as it is.
 * @param options See `WeightOnlyQuantizeArgs`.
 * @returns A model that is not compiled. Its scales are fixed; `fit` trains on with quantization.
 * @throws {TypeError} When the model has another layer.
 * @throws {RangeError} When an option is out of range or a name is none of a dense layer.
 * @example
 * const quantized = weightOnlyQuantize(model, { bits: 4 });
 * await writeModel(quantized, "build/models/int4.tfcm");
 */
export function weightOnlyQuantize(model: tf.LayersModel, options: WeightOnlyQuantizeArgs = {}): tf.LayersModel {
  const { bits = 8, perChannel = true, method = "minMax" } = options;
  const { blocks } = denseChain(model);
  const bitsOf = byLayer("bits", bits, blocks.map(({ name }) => name));
  for (const own of bitsOf.values()) checkCalibration({ method, bits: own });
  return withKernelQuantizers(model, (block) => {
    const own = bitsOf.get(block.name);
    return own === undefined ? null : kernelFormat(rawWeights(block).kernel, block.units, { bits: own, perChannel, method });
  });
}
