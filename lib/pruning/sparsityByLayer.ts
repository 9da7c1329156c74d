import { validateSparsity } from "./pruningSchedule.js";
import type { WeightScores } from "./weightScores.js";

/**
 * The layers that are to be pruned, by name, and how much of each.
 *
 * @param sparsity Share of zeros, 0 to below 1: of each layer that has scores, or by name of the layers.
 * @throws {RangeError} When a sparsity is out of range or a score is NaN.
 * @throws {TypeError} When a layer that is named has no scores.
 */
export function sparsityByLayer(scores: WeightScores, sparsity: number | Record<string, number>): Record<string, number> {
  const names = Object.keys(scores);
  const each = typeof sparsity === "number" ? Object.fromEntries(names.map((name) => [name, sparsity])) : sparsity;
  for (const [name, share] of Object.entries(each)) {
    validateSparsity(`sparsity of ${name}`, share);
    if (!scores[name]) throw new TypeError(`Expected scores of ${name} but found those of ${names.join(", ")}.`);
    if (scores[name].scores.some(Number.isNaN)) throw new RangeError(`Expected numbers as scores of ${name} but found NaN.`);
  }
  return each;
}
