import { createRandom } from "../../lib/data/random.js";
import type { Network, Weight } from "../../lib/network/network.js";
import { defaultPattern } from "../../lib/pruning/pruningPattern.js";
import { NetworkTrainer } from "../../lib/wasm/networkTrainer.js";

const BATCH = 16;
const INPUTS = 30;
const CLASSES = 4;

/** Trains a quantized and pruned network for forty steps, with nothing but the kernels; gives losses and weights. */
export function trainSmallNetwork(): { losses: number[]; weights: number[][] } {
  const random = createRandom(5);
  const weight = (name: string, shape: number[], isKernel: boolean): Weight => ({
    name,
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (isKernel ? random.uniform(-0.5, 0.5) : 0)),
    trainable: true,
    format: { kind: "fixedPoint", step: 1 / 32, low: -64, high: 63, alpha: 1, ceiling: null },
    limit: 2,
    constraint: null,
    regularizer: { l1: 0, l2: 1e-4 },
    pruning: isKernel
      ? {
          mask: new Float32Array(shape[0] * shape[1]).fill(1),
          behaviour: "exact",
          pattern: defaultPattern,
          schedule: { className: "ConstantSparsity", config: { targetSparsity: 0.3, beginStep: 10, frequency: 10 } },
        }
      : null,
  });
  const network: Network = {
    inputs: INPUTS,
    layers: [
      { kind: "dense", units: 13, kernel: weight("kernel 1", [INPUTS, 13], true), bias: weight("bias 1", [13], false) },
      { kind: "activation", activation: "tanh" },
      { kind: "dropout", rate: 0.1 },
      { kind: "dense", units: CLASSES, kernel: weight("kernel 2", [13, CLASSES], true), bias: weight("bias 2", [CLASSES], false) },
      { kind: "activation", activation: "softmax" },
    ],
  };
  const trainer = new NetworkTrainer(network, {
    loss: { kind: "categoricalCrossentropy" },
    rule: { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-7, epsilonAfterCorrection: false },
    batchSize: BATCH,
    countsCorrect: true,
  });
  const labels = Array.from({ length: BATCH }, () => random.integer(CLASSES));
  const x = {
    values: Float32Array.from(labels.flatMap((label) => Array.from({ length: INPUTS }, (_, i) => Number(i % CLASSES === label)))),
    count: BATCH,
    shape: [INPUTS],
    size: INPUTS,
  };
  const y = {
    values: Float32Array.from(labels.flatMap((label) => Array.from({ length: CLASSES }, (_, i) => Number(i === label)))),
    count: BATCH,
    shape: [CLASSES],
    size: CLASSES,
  };
  const order = Uint32Array.from({ length: BATCH }, (_, i) => i);
  const batch = { x, y, weights: null, order, start: 0, end: BATCH };
  const losses = Array.from({ length: 40 }, (_, i) => trainer.step(batch, { seed: 1, step: i + 1 }, 0.01).loss);
  trainer.download();
  return { losses, weights: trainer.trainedWeights.map(({ values }) => [...values]) };
}
