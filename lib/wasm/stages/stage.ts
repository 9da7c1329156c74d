import type { StoredWeight } from "../storedWeight.js";

/** What a layer does in the kernels' memory. A new kind of layer is a new class of this shape. */
export interface Stage {
  /** The layer's weights, trainable or not. */
  readonly weights: StoredWeight[];
  /** Computes the output of the first `batch` rows. */
  forward(batch: number, pass: Pass): void;
  /** From the gradient of the output, those of the weights and of the input. */
  backward(batch: number): void;
}

/** What a forward pass is for. */
export interface Pass {
  training: boolean;
  /** Determines the masks of dropout. */
  seed: number;
  /** Steps count from 1. */
  step: number;
}
