import type * as tf from "@tensorflow/tfjs";
import { kernelOf } from "../pruning/pruneLowMagnitudeLayer.js";
import { stripPruning } from "../pruning/stripPruning.js";
import { quantizedAffine } from "../quantizers/quantizedAffine.js";
import type { Quantizer } from "../quantizers/quantizer.js";
import type { Samples } from "../training/samples.js";
import { scanLayers } from "./scanLayers.js";

/** How well a model does with one layer's kernel quantized. */
export interface BitScanPoint {
  layer: string;
  /** Weights of the kernel. */
  weights: number;
  bits: number;
  /** Share of samples classified right, 0 to 1. */
  accuracy: number;
}

/** Options of `bitSensitivityScan`. */
export interface BitSensitivityScanOptions {
  /** Bits each layer is tried with. Default 8, 6, 5, 4, 3 and 2. */
  bits?: readonly number[];
  /** The number format of so many bits. Default `quantizedAffine({ bits, symmetric: true })`: the largest weight decides. */
  quantizer?: (bits: number) => Quantizer;
  /** What the bar says. Default "sensitivity". */
  label?: string;
  /** 1 shows a bar, 0 nothing. Default 1. */
  verbose?: 0 | 1;
}

/**
 * Accuracy with the kernel of one layer quantized at a time and the others as they are, without training after it: which
 * layer can do with few bits, and which cannot.
 *
 * @param model Built, plain or pruned; it stays as it is. A kernel that has a quantizer goes through that one afterwards.
 * @param x Samples [n, …] that the model was not trained on.
 * @param y Targets [n, classes].
 * @returns A point for each layer with a kernel and each number of bits: layers in order, bits as given.
 * @throws {RangeError} When a number of bits is none of the quantizer's.
 * @throws {TypeError} When x and y do not go together.
 * @example
 * const scan = await bitSensitivityScan(model, validation.x, validation.y, { bits: [8, 4, 2] });
 */
export async function bitSensitivityScan(
  model: tf.LayersModel,
  x: Samples,
  y: Samples,
  options: BitSensitivityScanOptions = {},
): Promise<BitScanPoint[]> {
  const { bits = [8, 6, 5, 4, 3, 2], label = "sensitivity", verbose = 1 } = options;
  const { quantizer = (bits: number) => quantizedAffine({ bits, symmetric: true }) } = options;
  const copy = stripPruning(model);
  try {
    const layers = copy.layers.filter((layer) => kernelOf(layer) !== undefined);
    const compress = (layer: tf.layers.Layer, kernel: Float32Array, setting: number): Float32Array => {
      const shape = kernelOf(layer)?.shape as number[];
      return quantizer(setting).quantize(kernel, shape);
    };
    const points = await scanLayers({ model: copy, x, y, layers, settings: bits, compress, label, verbose });
    return points.map(({ layer, weights, setting, accuracy }) => ({ layer, weights, bits: setting, accuracy }));
  } finally {
    copy.dispose();
  }
}
