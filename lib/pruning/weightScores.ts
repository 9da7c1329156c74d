import type * as tf from "@tensorflow/tfjs";
import { kernelOf, plainLayer } from "./pruneLowMagnitudeLayer.js";

/** How important each weight of a kernel is, 0 or more, row-major, by name of the layers; the shape is the kernel's. */
export type WeightScores = Record<string, { scores: Float32Array; shape: number[] }>;

/** Scores the kernel of each layer that has one; the layers' names are those of the plain model. */
export function scoreKernels(
  model: tf.LayersModel,
  score: (weights: Float32Array, layer: tf.layers.Layer, shape: number[]) => Float32Array,
): WeightScores {
  const scored = model.layers.map(plainLayer).filter(kernelOf);
  return Object.fromEntries(
    scored.map((layer) => {
      const kernel = kernelOf(layer) as tf.LayerVariable;
      const shape = kernel.shape as number[];
      return [layer.name, { scores: score(kernel.read().dataSync() as Float32Array, layer, shape), shape }];
    }),
  );
}
