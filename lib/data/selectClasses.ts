import type { Split } from "./split.js";
import { takeImages } from "./takeImages.js";

/**
 * Keeps the images of some classes and labels them 0, 1, … in the order the classes are given.
 *
 * @param split the images to choose from
 * @param classes the original classes to keep, at least one, none twice
 * @returns the images in their former order; its `classes` says which class each new label was
 * @throws {RangeError} if a class is not in the split or is named twice
 *
 * @example
 * const train = selectClasses(mnist.train, [1, 9]);
 * train.size === 12_691; // label 0 is the digit 1, label 1 the digit 9
 */
export function selectClasses(split: Split, classes: readonly number[]): Split {
  if (classes.length === 0) throw new RangeError("Expected at least one class but found none");
  const newLabel = new Map<number, number>();
  for (const [label, original] of classes.entries()) {
    const former = split.classes.indexOf(original);
    if (former < 0) {
      throw new RangeError(`Expected classes out of ${split.classes.join(", ")} but found ${original}`);
    }
    if (newLabel.has(former)) throw new RangeError(`Expected each class once but found ${original} twice`);
    newLabel.set(former, label);
  }
  const indices: number[] = [];
  split.labels.forEach((label, index) => {
    if (newLabel.has(label)) indices.push(index);
  });
  const selected = takeImages(split, indices);
  return {
    ...selected,
    labels: selected.labels.map((label) => newLabel.get(label)!),
    classes: [...classes],
    classNames: classes.map((original) => split.classNames[split.classes.indexOf(original)]!),
  };
}
