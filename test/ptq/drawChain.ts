import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../../lib/data/matrix.js";
import { createRandom } from "../../lib/data/random.js";

/** What `drawChain` takes. */
export interface ChainArgs {
  /** Of the layers, the input first. */
  sizes: number[];
  seed: number;
  hidden?: "relu" | "linear";
  ending?: "softmax" | "linear";
  /** A weight: normal numbers by default. */
  draw?: (normal: () => number) => number;
}

/** A float model with random weights and biases, layers named dense0, dense1, … */
export function drawChain({ sizes, seed, hidden = "relu", ending = "softmax", draw = (normal) => normal() }: ChainArgs): tf.Sequential {
  const random = createRandom(seed);
  const model = tf.sequential();
  for (let i = 1; i < sizes.length; i++) {
    const activation = i === sizes.length - 1 ? ending : hidden;
    const layer = tf.layers.dense({ name: `dense${i - 1}`, units: sizes[i], activation, ...(i === 1 ? { inputShape: [sizes[0]] } : {}) });
    model.add(layer);
    tf.tidy(() => {
      const kernel = Float32Array.from({ length: sizes[i - 1] * sizes[i] }, () => draw(() => random.normal(0, 1 / Math.sqrt(sizes[i - 1]))));
      const bias = Float32Array.from({ length: sizes[i] }, () => random.normal(0, 0.2));
      layer.setWeights([tf.tensor2d(kernel, [sizes[i - 1], sizes[i]]), tf.tensor1d(bias)]);
    });
  }
  return model;
}

/** Samples of numbers from 0 to 1, a third of them 0, as pixels are. */
export function drawSamples(count: number, size: number, seed = 5): Matrix {
  const random = createRandom(seed);
  return { values: Float32Array.from({ length: count * size }, () => Math.max(0, random.uniform(-0.5, 1))), shape: [count, size] };
}

/** Outputs for samples. */
export const outputsOf = (model: tf.LayersModel, { values, shape }: Matrix): Float32Array =>
  tf.tidy(() => Float32Array.from((model.predict(tf.tensor2d(values, shape)) as tf.Tensor).dataSync()));

/** Mean of the squares of differences. */
export const meanSquare = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length;

/** A kernel as a layer computes with it, and its bias. */
export const weightsOf = (model: tf.LayersModel): Float32Array[] => model.getWeights().map((weight) => Float32Array.from(weight.dataSync()));
