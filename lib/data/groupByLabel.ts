import type { Split } from "./split.js";

/** Lists for each label the indices of its images, in ascending order. */
export function groupByLabel(split: Split): number[][] {
  const groups = split.classes.map((): number[] => []);
  split.labels.forEach((label, index) => groups[label]!.push(index));
  return groups;
}
