import { groupByLabel } from "./groupByLabel.js";
import { createRandom } from "./random.js";
import type { Split } from "./split.js";
import { takeImages } from "./takeImages.js";

/** Options of `subset`. */
export interface SubsetOptions {
  /** Images of each class, a whole number of at least 1. */
  perClass: number;
  /** Decides which images are drawn, default 0. */
  seed?: number;
}

/**
 * Draws the same number of images of each class, for trials with few labels.
 *
 * @param split the images to choose from
 * @returns the drawn images in their former order
 * @throws {RangeError} if a class has fewer than `perClass` images
 *
 * @example
 * subset(mnist.train, { perClass: 50, seed: 1 }).size === 500;
 */
export function subset(split: Split, { perClass, seed = 0 }: SubsetOptions): Split {
  if (!Number.isInteger(perClass) || perClass < 1) {
    throw new RangeError(`Expected perClass to be a whole number of at least 1 but found ${perClass}`);
  }
  const random = createRandom(seed);
  const chosen = groupByLabel(split).flatMap((group, label) => {
    if (group.length < perClass) {
      throw new RangeError(
        `Expected at least ${perClass} images of class ${split.classNames[label]} but found ${group.length}`,
      );
    }
    return random.shuffle(group).slice(0, perClass);
  });
  return takeImages(
    split,
    chosen.sort((a, b) => a - b),
  );
}
