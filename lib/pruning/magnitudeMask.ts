import { roundHalfToEven } from "../quantizers/roundHalfToEven.js";
import { checkNumbers } from "./checkNumbers.js";
import { kthLargest } from "./kthLargest.js";
import { validateSparsity } from "./pruningSchedule.js";

/**
 * How a mask treats weights of equal magnitude, and how pruning treats masked weights.
 *
 * - `exact`: exactly as many weights are kept as asked for, of equal ones those that come first; masked
 *   weights stay zero; the first renewal falls on the schedule's begin, the last one on its end.
 * - `tfmot`: as TFMOT does it; all weights equal to the threshold are kept, masked weights are only zeroed
 *   before each forward pass and after each epoch.
 */
export type PruningBehaviour = "exact" | "tfmot";

/**
 * How many of `n` weights a sparsity leaves: `n (1 - sparsity)` in float32, halves to even, at least one and at most all
 * (TFMOT: `Pruning._update_mask`). float32 cannot tell numbers above 2^24 apart: there "exact" computes in float64.
 *
 * @param n Number of weights.
 * @param sparsity Share of zeros, 0 to 1. A schedule's, which is a float32 number, leaves as many as the number it rounds.
 * @param behaviour Default "exact".
 */
export function keptCount(n: number, sparsity: number, behaviour: PruningBehaviour = "exact"): number {
  const { fround } = Math;
  const kept = behaviour === "exact" && n > 2 ** 24 ? n - n * sparsity : fround(fround(n) * fround(1 - fround(sparsity)));
  return Math.min(Math.max(roundHalfToEven(kept), 1), n);
}

/**
 * Keeps the largest weights of a tensor.
 *
 * @param weights Weights [n], any order.
 * @param sparsity Share of zeros, 0 to below 1; at least one weight is kept.
 * @param behaviour What happens to weights equal to the smallest one kept. Default "exact".
 * @param previous The mask so far: of equal weights the ones it prunes stay pruned. Default none.
 * @returns [n], 1 for a weight that is kept, 0 for one that is pruned, in the order of the weights.
 * @throws {RangeError} When the sparsity is out of range or a weight is NaN.
 * @example
 * magnitudeMask(Float32Array.of(3, -1, 2, -4), 0.5); // [1, 0, 0, 1]
 */
export function magnitudeMask(
  weights: Float32Array,
  sparsity: number,
  behaviour: PruningBehaviour = "exact",
  previous?: Float32Array,
): Float32Array {
  validateSparsity("sparsity", sparsity);
  return largestMask(weights, sparsity, behaviour, previous);
}

/** `magnitudeMask` for a schedule's sparsity, which as a float32 number may be 1. */
export function largestMask(
  weights: Float32Array,
  sparsity: number,
  behaviour: PruningBehaviour = "exact",
  previous?: Float32Array,
): Float32Array {
  checkNumbers(weights);
  const { length } = weights;
  const magnitudes = new Float32Array(length);
  for (let i = 0; i < length; i++) magnitudes[i] = Math.abs(weights[i]);
  const kept = keptCount(length, sparsity, behaviour);
  const threshold = kthLargest(magnitudes, kept);
  const mask = new Float32Array(length);
  let surplus = -kept;
  for (let i = 0; i < length; i++) {
    if (magnitudes[i] < threshold) continue;
    mask[i] = 1;
    surplus++;
  }
  if (behaviour === "tfmot") return mask;
  // Take back the last of the weights that equal the threshold until the count is right.
  for (const before of previous ? [0, 1] : [undefined]) {
    for (let i = mask.length - 1; surplus > 0 && i >= 0; i--) {
      if (magnitudes[i] === threshold && mask[i] === 1 && previous?.[i] === before) {
        mask[i] = 0;
        surplus--;
      }
    }
  }
  return mask;
}
