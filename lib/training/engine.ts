import type { Rows } from "../data/rows.js";

/** Samples with their targets and, where given, what each of them counts. */
export interface LabelledRows {
  x: Rows;
  y: Rows;
  /** [n], or null for 1 each. */
  weights: Float32Array | null;
}

/** What a batch gave before its update. */
export interface StepResult {
  loss: number;
  correct: number;
}

/** Mean loss and, where the model was compiled with it, accuracy. */
export interface Evaluation {
  loss: number;
  /** Share of samples classified correctly, 0 to 1. */
  accuracy?: number;
}

/** A way to train a model: through TensorFlow.js, or with the library's own kernels. */
export interface Engine {
  readonly name: EngineName;
  /**
   * One step on the samples that `order` names from `start` to `end`.
   *
   * @param step Steps count from 1.
   */
  step(data: LabelledRows, order: Uint32Array, start: number, end: number, step: number): StepResult;
  /** What the model gives now for those samples, not in training and before a softmax where the loss is of logits: [samples, outputs]. */
  outputs(x: Rows, order: Uint32Array, start: number, end: number): Float32Array;
  /** Sets pruned weights to zero, as happens at the end of an epoch. */
  endEpoch(): void;
  evaluate(data: LabelledRows): Evaluation;
  /** Leaves the model and its optimizer as training made them. */
  finish(): void;
}

/** "wasm" is the library's own kernels, "tfjs" TensorFlow.js on its backend. */
export type EngineName = "wasm" | "tfjs";
