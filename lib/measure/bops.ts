import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../data/shape.js";
import { inferDataTypes } from "./energy/inferDataTypes.js";
import type { DataTypeOptions } from "./energy/inferDataTypes.js";

/** Bit operations of one layer, or of all. */
export interface LayerBops {
  layer: string;
  /** Multiply-accumulates a sample, all weights counted. */
  macs: number;
  /** Bits of a weight; null in the last row. */
  weightBits: number | null;
  /** Bits of a number that the layer takes; null in the last row. */
  activationBits: number | null;
  /** Share of zeros in the kernel as the layer computes with it, quantized, 0 to 1. */
  sparsity: number;
  bops: number;
}

/**
 * Counts bit operations a sample (Hawks et al. 2021, "Ps and Qs", arXiv:2102.11289, after Baskin et al. 2021): of a layer
 * with n inputs and m outputs, of which a share f of the weights is pruned,
 * `BOPs = m n ((1 - f) b_a b_w + b_a + b_w + log2 n)`.
 *
 * The bits of activations are those of what the layer takes: of the quantizer before it, of the whole sum where there is
 * none, 32 in floating point. Zeros are counted after quantizing, so weights that round to zero count as pruned.
 *
 * @param model Built, a chain of Dense, QDense, convolutions, activations, pooling, Flatten, Reshape and Dropout, plain or
 *   being pruned.
 * @param options sourceQuantizer: format of the model's input, default `quantized_bits(8,0)`, 8-bit pixels, whatever follows; give
 *   "fp32", 32 bits, for a model that takes float32, as float models do and those whose weights alone are quantized.
 * @returns A row a layer with a kernel and a last one named "total".
 * @throws {TypeError} When the model branches or the numbers of a layer cannot be followed, such as those of a `codebook`.
 * @example bops(model, { sourceQuantizer: "fp32" }).at(-1)?.bops; // 4652832 for 16-64-32-32-5 in float32
 */
export function bops(model: tf.LayersModel, { sourceQuantizer }: Pick<DataTypeOptions, "sourceQuantizer"> = {}): LayerBops[] {
  const rows = inferDataTypes(model, { sourceQuantizer }).flatMap(({ layer, weights, input, operations: macs }): LayerBops[] => {
    if (!weights) return [];
    const { kernel, kernelShape, kernelSparsity: sparsity } = weights;
    const n = sizeOf(kernelShape.slice(0, -1));
    const [a, w] = [input.bits, kernel.bits];
    return [{ layer, macs, weightBits: w, activationBits: a, sparsity, bops: macs * ((1 - sparsity) * a * w + a + w + Math.log2(n)) }];
  });
  const sum = (number: (row: LayerBops) => number): number => rows.reduce((total, row) => total + number(row), 0);
  const macs = sum((row) => row.macs);
  const sparsity = macs === 0 ? 0 : sum((row) => row.sparsity * row.macs) / macs;
  return [...rows, { layer: "total", macs, weightBits: null, activationBits: null, sparsity, bops: sum((row) => row.bops) }];
}
