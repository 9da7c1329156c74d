import * as tf from "@tensorflow/tfjs";
import { weightQuantizer } from "../layers/quantizedKernelLayer.js";
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

/** What one kernel holds. */
interface Counts {
  layer: string;
  weights: number;
  zeros: number;
  quantizedZeros: number;
}

function countsOf(model: tf.LayersModel): Counts[] {
  return model.layers.flatMap((outer) => {
    if (outer instanceof tf.LayersModel) return countsOf(outer);
    const layer = plainLayer(outer);
    const kernel = kernelOf(layer);
    if (!kernel) return [];
    const values = kernel.read().dataSync() as Float32Array;
    const quantizer = weightQuantizer(layer, 0);
    const zeros = countZeros(values);
    const quantizedZeros = quantizer ? countZeros(quantizer.quantize(values, kernel.shape as number[])) : zeros;
    return [{ layer: layer.name, weights: values.length, zeros, quantizedZeros }];
  });
}

/**
 * Counts the zeros of a model's kernels, before and after quantizing: small weights round to zero too.
 *
 * @param model A plain model or one that is being pruned; models inside of it are looked into.
 * @returns A row a layer with a kernel, in order, and a last one named "total"; none when there is no kernel.
 * @example sparsityReport(model).at(-1)?.sparsity; // 0.2
 */
export function sparsityReport(model: tf.LayersModel): LayerSparsity[] {
  const counts = countsOf(model);
  if (counts.length === 0) return [];
  const sum = (key: "weights" | "zeros" | "quantizedZeros"): number => counts.reduce((total, row) => total + row[key], 0);
  const total = { layer: "total", weights: sum("weights"), zeros: sum("zeros"), quantizedZeros: sum("quantizedZeros") };
  return [...counts, total].map(({ layer, weights, zeros, quantizedZeros }) => ({
    layer, weights, sparsity: zeros / weights, quantizedSparsity: quantizedZeros / weights,
  }));
}
