import type { Matrix } from "../data/matrix.js";

/** What a network computes before its softmax, [n, classes]: any numbers. A type of its own, so that no probabilities get in its place. */
export interface Logits extends Matrix {
  readonly are: "logits";
}

/** Shares that sum to 1 in each row, [n, classes]; a type of its own, so that no logits get in their place. */
export interface Probabilities extends Matrix {
  readonly are: "probabilities";
}

/**
 * Says that numbers from elsewhere are logits. Nothing is computed: said of probabilities, it makes the mistake that the
 * type is there to prevent.
 *
 * @param matrix [n, classes]
 * @example const teacher = asLogits({ values: Float32Array.from(rows.flat()), shape: [rows.length, 10] });
 */
export const asLogits = ({ values, shape }: Matrix): Logits => ({ values, shape, are: "logits" });
