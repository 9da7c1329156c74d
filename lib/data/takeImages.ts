import type { Split } from "./split.js";

/**
 * Copies some images of a split, with their labels, in the order given.
 *
 * @param split the images to choose from
 * @param indices which images, each from 0 to size - 1, [n]
 * @throws {RangeError} if an index is outside the split
 *
 * @example
 * takeImages(train, [0, 1, 2]).size === 3;
 */
export function takeImages(split: Split, indices: ArrayLike<number>): Split {
  const pixels = split.size === 0 ? 0 : split.images.length / split.size;
  const images = new Uint8Array(indices.length * pixels);
  const labels = new Uint8Array(indices.length);
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    if (!Number.isInteger(index) || index < 0 || index >= split.size) {
      throw new RangeError(`Expected indices from 0 to ${split.size - 1} but found ${index}`);
    }
    images.set(split.images.subarray(index * pixels, (index + 1) * pixels), row * pixels);
    labels[row] = split.labels[index]!;
  }
  return { ...split, images, labels, size: indices.length };
}
