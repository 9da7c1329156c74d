import type * as tf from "@tensorflow/tfjs";
import type { EngineName } from "./engine.js";
import type { ClassWeight } from "./sampleWeights.js";
import type { Samples } from "./samples.js";
import type { Logs } from "./trainLoop.js";

/**
 * Functions called while a model trains; training waits for a promise they return. One that sets `model.stopTraining`
 * to true ends the training after the current batch.
 */
export interface FitCallback {
  /** Before all others, with the model that is trained. */
  setModel?(model: tf.LayersModel): void;
  onTrainBegin?(): void | Promise<void>;
  onEpochBegin?(epoch: number): void | Promise<void>;
  /** `step` counts all batches from 1; `logs` holds this batch's loss. */
  onBatchEnd?(step: number, logs: Logs): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs): void | Promise<void>;
  /** Not when the training failed or a signal ended it. */
  onTrainEnd?(): void | Promise<void>;
}

/** Options of `fit`, named as Keras's. */
export interface FitOptions {
  /** How often all samples are used. Default 1. */
  epochs?: number;
  /** Samples a step. Default 32. */
  batchSize?: number;
  /** Draw the order of the samples anew for each epoch. Default true. */
  shuffle?: boolean;
  /** Determines the order of the samples and the masks of dropout. Default 0. */
  seed?: number;
  /** Samples, targets and, if wanted, sample weights, evaluated after each epoch. */
  validationData?: [Samples, Samples] | [Samples, Samples, ArrayLike<number>];
  /** Share of the samples, the last ones, kept for validation, 0 to below 1. Default 0. */
  validationSplit?: number;
  /** What each sample counts in the loss, 0 or more; with `validationSplit` in validation too. Default 1. */
  sampleWeight?: ArrayLike<number>;
  /**
   * What the samples of a class count in the loss, by the class's number; 1 for a class left out, where Keras raises an
   * error. It holds for the samples trained with, not for those of `validationSplit`.
   */
  classWeight?: ClassWeight;
  callbacks?: FitCallback | FitCallback[];
  /** Ends training before the next step; `fit` then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** 1 shows a bar, and a warning where a pruning schedule was cut short; 0 neither. Default 1. */
  verbose?: 0 | 1;
  /** What the bar says. Default the model's name. */
  label?: string;
  /**
   * "wasm" trains with the library's own WebAssembly kernels, "tfjs" through TensorFlow.js. Default "auto": the
   * kernels where they know all of the model, which is several times faster and ends in the same weights within
   * float32's precision.
   */
  engine?: EngineName | "auto";
}
