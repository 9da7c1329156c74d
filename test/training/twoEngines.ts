import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../../lib/data/matrix.js";
import { createRandom } from "../../lib/data/random.js";
import { distillationLoss } from "../../lib/distillation/distillationLoss.js";
import { assignWeights } from "../../lib/layers/assignWeights.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { constantSparsity } from "../../lib/pruning/constantSparsity.js";
import { polynomialDecay } from "../../lib/pruning/polynomialDecay.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { PruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitudeLayer.js";
import { fit } from "../../lib/training/fit.js";
import type { History } from "../../lib/training/fit.js";
import type { FitOptions } from "../../lib/training/fitOptions.js";

export const SAMPLES = 60;
const INPUTS = 6;
const CLASSES = 3;
const random = createRandom(1);
const labels = Array.from({ length: SAMPLES }, () => random.integer(CLASSES));
const oneHot = labels.map((label) => [0, 1, 2].map((k) => Number(k === label)));

/** Samples [60, 6] of three classes, with zeros. */
export const x: Matrix = {
  values: Float32Array.from(
    labels.flatMap((label) =>
      Array.from({ length: INPUTS }, (_, i) => (random.uniform() < 0.3 ? 0 : random.normal(i % 3 === label ? 1 : 0, 0.5))),
    ),
  ),
  shape: [SAMPLES, INPUTS],
};
/** One-hot targets [60, 3]. */
export const y: Matrix = { values: Float32Array.from(oneHot.flat()), shape: [SAMPLES, CLASSES] };
/** Targets of distillation [60, 6]. */
const taught: Matrix = {
  values: Float32Array.from(oneHot.flatMap((row) => [...row, ...row.map((one) => random.normal(2 * one))])),
  shape: [SAMPLES, 2 * CLASSES],
};

/** A model for the samples, and its targets. */
export interface Example {
  build: () => tf.LayersModel;
  loss: unknown;
  targets: Matrix;
}

const dense = tf.layers.dense;
const first = { units: 8, inputShape: [INPUTS] };
const q4 = "quantized_bits(4,0,alpha=1)";

const softmax = (hidden: tf.layers.Layer[]): tf.Sequential =>
  tf.sequential({ layers: [...hidden, dense({ units: CLASSES, activation: "softmax" })] });
const logits = (): tf.LayersModel =>
  tf.sequential({ layers: [dense({ ...first, activation: "tanh" }), dense({ units: CLASSES })] });
const quantized = (): tf.LayersModel =>
  tf.sequential({
    layers: [
      qActivation({ activation: "quantized_bits(6,2,alpha=1)", inputShape: [INPUTS] }),
      qDense({ units: 8, kernelQuantizer: q4, biasQuantizer: q4, activation: "quantized_relu(4,1)" }),
      qDense({ units: CLASSES, kernelQuantizer: "quantized_bits(4,0)", activation: "softmax" }),
    ],
  });

/** Models that both engines train. */
export const examples: Record<string, Example> = {
  "a dense network with dropout": {
    build: () => softmax([dense({ ...first, activation: "relu" }), tf.layers.dropout({ rate: 0.3 })]),
    loss: "categoricalCrossentropy",
    targets: y,
  },
  "batch normalization": {
    // Without a bias, which the normalization takes away again: its gradient is nothing but rounding errors.
    build: () =>
      softmax([dense({ ...first, useBias: false }), tf.layers.batchNormalization({ momentum: 0.9 }), tf.layers.reLU()]),
    loss: "categoricalCrossentropy",
    targets: y,
  },
  "regularizers and constraints": {
    build: () =>
      softmax([
        dense({
          ...first,
          activation: "sigmoid",
          kernelRegularizer: tf.regularizers.l1l2({ l1: 0.01, l2: 0.01 }),
          kernelConstraint: tf.constraints.maxNorm({ maxValue: 0.9, axis: 0 }),
        }),
      ]),
    loss: "categoricalCrossentropy",
    targets: y,
  },
  "a frozen layer": {
    build: () => softmax([dense({ ...first, activation: "relu", trainable: false })]),
    loss: "categoricalCrossentropy",
    targets: y,
  },
  // Some of its weights lie beyond the format's range, and stay there.
  "a frozen quantized layer": {
    build: () => softmax([qDense({ ...first, kernelQuantizer: q4, activation: "relu", trainable: false })]),
    loss: "categoricalCrossentropy",
    targets: y,
  },
  "labels instead of one-hot rows": {
    build: () => softmax([dense({ ...first, activation: "relu" })]),
    loss: "sparseCategoricalCrossentropy",
    targets: { values: Float32Array.from(labels), shape: [SAMPLES, 1] },
  },
  "independent outputs": {
    build: () =>
      tf.sequential({ layers: [dense({ ...first, activation: "relu" }), dense({ units: CLASSES, activation: "sigmoid" })] }),
    loss: "binaryCrossentropy",
    targets: y,
  },
  logits: { build: logits, loss: tf.losses.softmaxCrossEntropy, targets: y },
  distillation: { build: logits, loss: distillationLoss({ temperature: 2, alpha: 0.3 }), targets: taught },
  "a quantized network": { build: quantized, loss: "categoricalCrossentropy", targets: y },
  "a pruned network": {
    build: () => {
      const pruningSchedule = polynomialDecay({
        initialSparsity: 0.2,
        finalSparsity: 0.6,
        beginStep: 2,
        endStep: 8,
        frequency: 2,
      });
      return pruneLowMagnitude(softmax([dense({ ...first, activation: "relu" })]), { pruningSchedule });
    },
    loss: "categoricalCrossentropy",
    targets: y,
  },
  "a network pruned as TFMOT does it": {
    build: () => {
      const pruningSchedule = constantSparsity({ targetSparsity: 0.5, beginStep: 0, frequency: 3 });
      return pruneLowMagnitude(softmax([dense({ ...first, activation: "relu" })]), { pruningSchedule, behaviour: "tfmot" });
    },
    loss: "categoricalCrossentropy",
    targets: y,
  },
  "a network quantized and pruned": {
    build: () =>
      pruneLowMagnitude(quantized(), { pruningSchedule: constantSparsity({ targetSparsity: 0.4, beginStep: 2, frequency: 2 }) }),
    loss: "categoricalCrossentropy",
    targets: y,
  },
  "a model inside of another": {
    build: () =>
      softmax([
        tf.sequential({ layers: [dense({ ...first, activation: "tanh", kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }) })] }),
      ]),
    loss: "categoricalCrossentropy",
    targets: y,
  },
  "a model that ends in another": {
    build: () =>
      tf.sequential({ layers: [dense({ ...first, activation: "relu" }), softmax([dense({ units: 4, inputShape: [8] })])] }),
    loss: "categoricalCrossentropy",
    targets: y,
  },
  "a functional model": {
    build: () => {
      const input = tf.input({ shape: [INPUTS] });
      const hidden = dense({ units: 8, activation: "relu" }).apply(input);
      return tf.model({
        inputs: input,
        outputs: dense({ units: CLASSES, activation: "softmax" }).apply(hidden) as tf.SymbolicTensor,
      });
    },
    loss: "categoricalCrossentropy",
    targets: y,
  },
};

/** A model of an example, compiled; its first weights are always the same. */
export function build({ build: create, loss }: Example, optimizer: tf.Optimizer = tf.train.sgd(0.2)): tf.LayersModel {
  const model = create();
  const draw = createRandom(2);
  const isOne = (name: string): boolean => /mask|gamma|moving_variance/.test(name);
  const weights = model.weights.map(({ shape, originalName }) => {
    const values = Float32Array.from({ length: (shape as number[]).reduce((a, b) => a * b, 1) }, () => draw.normal(0, 0.6));
    return tf.tensor(isOne(originalName) ? values.fill(1) : values, shape as number[]);
  });
  assignWeights(model, weights);
  tf.dispose(weights);
  model.compile({ optimizer, loss: loss as string, metrics: ["accuracy"] });
  return model;
}

export const engines = ["wasm", "tfjs"] as const;

/** Trains a model of an example with an engine, quietly. */
export async function train(model: tf.LayersModel, { targets }: Example, options: FitOptions): Promise<History> {
  return await fit(model, x, targets, { batchSize: 16, verbose: 0, ...options });
}

/** All weights and masks of a model, in order. */
export const weightsOf = (model: tf.LayersModel): Float32Array[] =>
  model.weights.map((weight) => Float32Array.from(weight.read().dataSync()));

/** Fails unless numbers agree within a tolerance, relative to the largest of them or to 1. */
export function assertClose(found: ArrayLike<number>, wanted: ArrayLike<number>, what: string, tolerance = 1e-4): void {
  assert.equal(found.length, wanted.length, what);
  const largest = Array.from(wanted).reduce((max, value) => Math.max(max, Math.abs(value)), 1);
  for (let i = 0; i < wanted.length; i++) {
    assert.ok(Math.abs(found[i] - wanted[i]) <= tolerance * largest, `${what}[${i}] is ${found[i]} instead of ${wanted[i]}`);
  }
}

/** Fails unless two models have the same weights within a tolerance, and the very same masks and pruned weights. */
export function assertAlike(found: tf.LayersModel, wanted: tf.LayersModel, tolerance?: number): void {
  const [ours, theirs] = [weightsOf(found), weightsOf(wanted)];
  wanted.weights.forEach(({ originalName }, i) => assertClose(ours[i], theirs[i], originalName, tolerance));
  found.layers.forEach((layer, i) => {
    if (!(layer instanceof PruneLowMagnitude)) return;
    const other = wanted.layers[i] as PruneLowMagnitude;
    assert.deepEqual(layer.maskValues(), other.maskValues());
    const zeros = ({ kernel }: PruneLowMagnitude): boolean[] => Array.from(kernel.read().dataSync(), (value) => value === 0);
    assert.deepEqual(zeros(layer), zeros(other));
  });
}
