import type { PruningBehaviour } from "../pruning/magnitudeMask.js";
import type { PruningPattern } from "../pruning/pruningPattern.js";
import type { NumberFormat } from "../quantizers/numberFormat.js";

/**
 * A network as plain data: a chain of layers with their weights, number formats and masks. It can be sent to a
 * worker or written down; the training kernels read nothing else.
 */
export interface Network {
  /** Numbers in one sample. */
  inputs: number;
  layers: NetworkLayer[];
  /** Chains that begin at one of the layers and have outputs of their own, for training only. Default none. */
  branches?: Branch[];
}

/** What a network computes beside its way to its output: an exit, a regressor, or with no layers what a layer gives. */
export interface Branch {
  /** Index of the layer whose output it reads. */
  after: number;
  layers: NetworkLayer[];
}

/** A layer; its input is the output of the one before. */
export type NetworkLayer = DenseLayer | ActivationLayer | DropoutLayer | BatchNormalizationLayer;

/** `y = x · kernel + bias` */
export interface DenseLayer {
  kind: "dense";
  /** [inputs, units] */
  kernel: Weight;
  /** [units] */
  bias: Weight | null;
  units: number;
}

/** Activations that have a kernel. */
export type ActivationName = "relu" | "sigmoid" | "softmax" | "tanh";

/** `y = activation(x)`, a function or a number format. */
export interface ActivationLayer {
  kind: "activation";
  activation: ActivationName | NumberFormat;
}

/** In training a share of the numbers is set to zero and the others grow by as much (Srivastava et al. 2014). */
export interface DropoutLayer {
  kind: "dropout";
  /** Probability of a zero, 0 to below 1. */
  rate: number;
}

/** `y = gamma · (x - mean) / √(variance + epsilon) + beta` (Ioffe and Szegedy 2015). */
export interface BatchNormalizationLayer {
  kind: "batchNormalization";
  gamma: Weight;
  beta: Weight;
  movingMean: Weight;
  movingVariance: Weight;
  momentum: number;
  epsilon: number;
}

/** A trainable tensor and all that acts on it. */
export interface Weight {
  name: string;
  /** float32, row-major. */
  values: Float32Array;
  /** [inputs, units] or [units]. */
  shape: number[];
  trainable: boolean;
  /** What the layer sees of the values; null for the values themselves. */
  format: NumberFormat | null;
  /** Largest magnitude after an update; null for none. */
  limit: number | null;
  constraint: WeightConstraint | null;
  /** The penalty `l1 · Σ|w| + l2 · Σw²` that is part of the loss. */
  regularizer: { l1: number; l2: number } | null;
  pruning: WeightPruning | null;
}

/** What a weight is brought back to after an update (Keras: `NonNeg`, `MinMaxNorm` over columns). */
export type WeightConstraint = { kind: "nonNeg" } | { kind: "norm"; low: number; high: number; rate: number };

/** How a weight is pruned while it trains. */
export interface WeightPruning {
  /** 1 where a weight is kept, 0 where it is pruned, as the values. */
  mask: Float32Array;
  behaviour: PruningBehaviour;
  pattern: PruningPattern;
  schedule: { className: string; config: Record<string, number> };
}
