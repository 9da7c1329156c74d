import { groupByLabel } from "./groupByLabel.js";
import { createRandom } from "./random.js";
import type { Split } from "./split.js";
import { takeImages } from "./takeImages.js";

/** Options of `trainValidationSplit`. */
export interface TrainValidationSplitOptions {
  /** Part of the images held out for validation, above 0 and below 1. */
  fraction: number;
  /**
   * `stratified` (default) draws the same part of every class, as scikit-learn's `train_test_split`
   * with `stratify`; `last` takes the last images, as `validation_split` of Keras's `fit`.
   */
  method?: "stratified" | "last";
  /** Decides which images `stratified` draws, default 0. */
  seed?: number;
}

/**
 * Parts training images into those to train on and those to validate with.
 *
 * @param split the images to part
 * @returns both parts, images in their former order
 * @throws {RangeError} if the fraction is not between 0 and 1, or leaves one part empty
 *
 * @example
 * const { train, validation } = trainValidationSplit(mnist.train, { fraction: 0.1, seed: 1 });
 * // 54,000 and 6,000 images
 */
export function trainValidationSplit(
  split: Split,
  { fraction, method = "stratified", seed = 0 }: TrainValidationSplitOptions,
): { train: Split; validation: Split } {
  if (!(fraction > 0 && fraction < 1)) {
    throw new RangeError(`Expected fraction to be above 0 and below 1 but found ${fraction}`);
  }
  if (method !== "stratified" && method !== "last") {
    throw new RangeError(`Expected method "stratified" or "last" but found ${JSON.stringify(method)}`);
  }
  const held = method === "last" ? lastImages(split, fraction) : stratified(split, fraction, seed);
  if (held.size === 0 || held.size === split.size) {
    throw new RangeError(
      `Expected both parts to hold images but fraction ${fraction} of ${split.size} holds out ${held.size}`,
    );
  }
  const train: number[] = [];
  const validation: number[] = [];
  for (let index = 0; index < split.size; index++) (held.has(index) ? validation : train).push(index);
  return { train: takeImages(split, train), validation: takeImages(split, validation) };
}

function lastImages(split: Split, fraction: number): Set<number> {
  const first = Math.floor(split.size * (1 - fraction)); // Keras's train_validation_split
  return new Set(Array.from({ length: split.size - first }, (_, i) => first + i));
}

function stratified(split: Split, fraction: number, seed: number): Set<number> {
  const groups = groupByLabel(split);
  const exact = groups.map((group) => group.length * fraction);
  const counts = exact.map(Math.floor);
  // The images that rounding down left over go to the classes with the largest remainders.
  const byRemainder = exact
    .map((share, label) => ({ label, remainder: share - counts[label]! }))
    .sort((a, b) => b.remainder - a.remainder || a.label - b.label);
  const wanted = Math.round(split.size * fraction);
  let missing = wanted - counts.reduce((sum, count) => sum + count, 0);
  for (const { label } of byRemainder) {
    if (missing-- <= 0) break;
    counts[label]!++;
  }
  const random = createRandom(seed);
  return new Set(groups.flatMap((group, label) => random.shuffle(group).slice(0, counts[label])));
}
