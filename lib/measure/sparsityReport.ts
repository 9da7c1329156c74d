import type * as tf from "@tensorflow/tfjs";
import { QDense } from "../layers/qDense.js";
import { kernelOf, plainLayer } from "../pruning/pruneLowMagnitudeLayer.js";

/** Zeros in the kernel of one layer, or of all. */
export interface LayerSparsity {
  layer: string;
  /** Number of weights, biases not counted. */
  weights: number;
  /** Share of weights that are zero as they are trained, 0 to 1. */
  sparsity: number;
  /** Share of weights that are zero as the layer computes with them, after quantizing, 0 to 1. */
  quantizedSparsity: number;
}

const countZeros = (values: Float32Array): number => values.reduce((count, value) => count + Number(value === 0), 0);

/**
 * Counts the zeros of a model's kernels, before and after quantizing: small weights round to zero too.
 *
 * @param model A plain model or one that is being pruned.
 * @returns A row a layer with a kernel, in order, and a last one named "total".
 * @example sparsityReport(model).at(-1)?.sparsity; // 0.2
 */
export function sparsityReport(model: tf.LayersModel): LayerSparsity[] {
  let weights = 0;
  let zeros = 0;
  let quantizedZeros = 0;
  const rows = model.layers.flatMap((outer) => {
    const layer = plainLayer(outer);
    const kernel = kernelOf(layer);
    if (!kernel) return [];
    const values = kernel.read().dataSync() as Float32Array;
    const quantizer = layer instanceof QDense ? layer.kernelQuantizer : null;
    const own = countZeros(values);
    const quantized = quantizer ? countZeros(quantizer.quantize(values, kernel.shape as number[])) : own;
    weights += values.length;
    zeros += own;
    quantizedZeros += quantized;
    const row: LayerSparsity = {
      layer: layer.name,
      weights: values.length,
      sparsity: own / values.length,
      quantizedSparsity: quantized / values.length,
    };
    return [row];
  });
  if (weights === 0) return [];
  return [...rows, { layer: "total", weights, sparsity: zeros / weights, quantizedSparsity: quantizedZeros / weights }];
}
