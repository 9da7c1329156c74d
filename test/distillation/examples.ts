import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../../lib/data/matrix.js";
import { createRandom } from "../../lib/data/random.js";

export const CLASSES = 3;
export const INPUTS = 6;
const SAMPLES = 72;
const random = createRandom(5);
const labels = Array.from({ length: SAMPLES }, () => random.integer(CLASSES));

/** Samples [72, 6] of three classes that overlap. */
export const x: Matrix = {
  values: Float32Array.from(labels.flatMap((label) => Array.from({ length: INPUTS }, (_, i) => random.normal(Number(i % 3 === label), 0.7)))),
  shape: [SAMPLES, INPUTS],
};
/** One-hot rows [72, 3]. */
export const y: Matrix = {
  values: Float32Array.from(labels.flatMap((label) => [0, 1, 2].map((i) => Number(i === label)))),
  shape: [SAMPLES, CLASSES],
};

/** Gives a model weights that depend on the seed alone. */
export function draw<T extends tf.LayersModel>(model: T, seed: number, spread = 0.5): T {
  const weights = createRandom(seed);
  for (const variable of model.weights) {
    if (!variable.trainable) continue;
    const shape = variable.shape as number[];
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => weights.normal(0, spread));
    variable.write(tf.tensor(values, shape));
  }
  return model;
}

/** A network 6-hidden-…-3 with named hidden layers, which ends in a softmax unless told otherwise. */
export function network(units: number[], seed: number, { activation = "tanh", ending = "softmax" } = {}): tf.Sequential {
  const hidden = units.map((size, i) =>
    tf.layers.dense({ units: size, activation: activation as "tanh", name: `hidden${i + 1}`, ...(i === 0 && { inputShape: [INPUTS] }) }),
  );
  const last = tf.layers.dense({ units: CLASSES, activation: ending as "softmax", name: "classes" });
  return draw(tf.sequential({ layers: [...hidden, last] }), seed);
}

/** All weights, in order. */
export const weightsOf = (model: tf.LayersModel): number[][] => model.getWeights().map((weight) => [...weight.dataSync()]);

/** The largest difference of two models' weights. */
export function apart(a: tf.LayersModel, b: tf.LayersModel): number {
  const theirs = weightsOf(b);
  return Math.max(...weightsOf(a).flatMap((values, i) => values.map((value, j) => Math.abs(value - theirs[i][j]))));
}
