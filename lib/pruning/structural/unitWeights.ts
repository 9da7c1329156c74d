import * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../data/shape.js";
import { QuantizedKernelLayer } from "../../layers/quantizedKernelLayer.js";

/** Sizes of a kernel [positions, inputs, units]; positions are those of a filter's window, 1 in a dense layer. */
export type KernelSizes = [positions: number, inputs: number, units: number];

/** The sizes of the kernel of a layer with units. */
export function kernelSizes(layer: tf.layers.Layer): KernelSizes {
  const shape = layer.weights[0].shape as number[];
  const [inputs, units] = shape.slice(-2);
  return [sizeOf(shape.slice(0, -2)), inputs, units];
}

/** Number of units of a layer. */
export const unitsOf = (layer: tf.layers.Layer): number => layer.weights[0].shape.at(-1) as number;

/** Kernel, row-major, and bias of a layer with units, as it computes with them: quantized where it has quantizers. */
export function computedWeights(layer: tf.layers.Layer): { kernel: Float32Array; bias: Float32Array | null } {
  const [kernel, bias] = tf.tidy(() => {
    const weights = layer instanceof QuantizedKernelLayer ? layer.quantizedWeights() : layer.weights.map((weight) => weight.read());
    // Some backends give the variable's own numbers.
    return weights.map((tensor) => tensor && Float32Array.from(tensor.dataSync()));
  });
  return { kernel: kernel as Float32Array, bias: bias ?? null };
}

/** The numbers of a kernel that belong to some of its inputs and units, in their order. */
export function sliceKernel(
  kernel: Float32Array,
  [positions, inputs, units]: KernelSizes,
  keptInputs: readonly number[],
  keptUnits: readonly number[],
): Float32Array {
  const sliced = new Float32Array(positions * keptInputs.length * keptUnits.length);
  let end = 0;
  for (let position = 0; position < positions; position++) {
    for (const input of keptInputs) {
      const row = (position * inputs + input) * units;
      for (const unit of keptUnits) sliced[end++] = kernel[row + unit];
    }
  }
  return sliced;
}

/** The indices 0 to count - 1. */
export const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** The features that some units become behind a Flatten, where units are the fastest axis: all their positions. */
export function featuresOf(units: readonly number[], unitCount: number, featureCount: number): number[] {
  return indices(featureCount / unitCount).flatMap((position) => units.map((unit) => position * unitCount + unit));
}
