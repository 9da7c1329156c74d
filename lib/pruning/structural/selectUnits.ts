import type { UnitScores } from "../importance/unitScores.js";
import { keptCount } from "../magnitudeMask.js";
import { validateSparsity } from "../pruningSchedule.js";
import type { KeptUnits } from "./keptUnits.js";
import { indices } from "./unitWeights.js";

/** Arguments of `selectUnits`: either `sparsity` or `keep`. */
export interface SelectUnitsArgs {
  /** Share of units to remove, 0 to below 1: of each layer (or of all, see `scope`), or by name of the layers. */
  sparsity?: number | Record<string, number>;
  /** How many units stay, by name of the layers; a layer that is not named keeps all. */
  keep?: Record<string, number>;
  /**
   * Among which units the least important are sought: those of a layer, or of all layers together. "global" compares
   * scores of different layers, which those of `taylor` are made for; norms grow with the number of inputs. Default "layer".
   */
  scope?: "layer" | "global";
  /** How many units a layer keeps at least, or all that it has. Default 1. */
  minimum?: number;
}

/** The given number of positions with the highest scores, of equal ones the first, in ascending order. */
function highest(scores: ArrayLike<number>, count: number): number[] {
  const order = indices(scores.length).sort((a, b) => scores[b] - scores[a] || a - b);
  return order.slice(0, count).sort((a, b) => a - b);
}

function globalUnits(scores: UnitScores, sparsity: number, minimum: number): KeptUnits {
  const candidates = Object.entries(scores).flatMap(([layer, own]) => {
    const reserved = new Set(highest(own, minimum));
    return Array.from(own, (score, unit) => ({ layer, unit, score, isReserved: reserved.has(unit) }));
  });
  const free = candidates.filter(({ isReserved }) => !isReserved);
  const count = Math.max(keptCount(candidates.length, sparsity) - (candidates.length - free.length), 0);
  const chosen = new Set(highest(free.map(({ score }) => score), count).map((i) => free[i]));
  const keep: Record<string, number[]> = Object.fromEntries(Object.keys(scores).map((layer) => [layer, []]));
  for (const candidate of candidates) {
    if (candidate.isReserved || chosen.has(candidate)) keep[candidate.layer].push(candidate.unit);
  }
  return keep;
}

function checkScores(scores: UnitScores): void {
  for (const [layer, own] of Object.entries(scores)) {
    if (own.some(Number.isNaN)) throw new RangeError(`Expected numbers as scores of ${layer} but found NaN.`);
  }
}

/** The scores of a layer that is named. */
function scoresOf(scores: UnitScores, layer: string): Float32Array {
  if (scores[layer]) return scores[layer];
  throw new TypeError(`Expected scores of ${layer} but found those of ${Object.keys(scores).join(", ") || "no layer"}.`);
}

/** How many units each layer keeps, by name. */
function countsOf(scores: UnitScores, sparsity: number | Record<string, number>): [string, number][] {
  const all = Object.keys(scores);
  const each = typeof sparsity === "number" ? Object.fromEntries(all.map((layer) => [layer, sparsity])) : sparsity;
  return Object.entries(each).map(([layer, share]) => {
    validateSparsity(`sparsity of ${layer}`, share);
    return [layer, keptCount(scoresOf(scores, layer).length, share)];
  });
}

function checkCounts(scores: UnitScores, keep: Record<string, number>): [string, number][] {
  for (const [layer, count] of Object.entries(keep)) {
    const { length } = scoresOf(scores, layer);
    if (!Number.isInteger(count) || count < 1 || count > length) {
      throw new RangeError(`Expected to keep 1 to ${length} units of ${layer} but found ${count}.`);
    }
  }
  return Object.entries(keep);
}

/**
 * Chooses the units with the highest scores; of equal ones those that come first.
 *
 * Exactly `n (1 - sparsity)` of n units stay, rounded half to even as for single weights, and at least `minimum` of each
 * layer. The last layer's units have no scores and always stay.
 *
 * @param scores As the criteria give them: `l1Norm`, `l2Norm`, `meanActivation`, `apoz`, `taylor`, `randomImportance`.
 * @returns The units that stay, for `maskUnits` and `removeUnits`.
 * @throws {RangeError} When a sparsity, a number or the minimum is out of range, a score is NaN, or a sparsity or number is
 *   given by layer for the scope "global".
 * @throws {TypeError} When neither or both of `sparsity` and `keep` are given, or a layer that is named has no scores.
 * @example selectUnits({ hidden: Float32Array.of(3, 1, 2, 2) }, { sparsity: 0.5 }); // { hidden: [0, 2] }
 */
export function selectUnits(scores: UnitScores, { sparsity, keep, scope = "layer", minimum = 1 }: SelectUnitsArgs): KeptUnits {
  if ((sparsity === undefined) === (keep === undefined)) {
    throw new TypeError(`Expected either sparsity or keep but found ${sparsity === undefined ? "neither" : "both"}.`);
  }
  if (!["layer", "global"].includes(scope)) throw new RangeError(`Expected scope to be layer or global but found ${scope}.`);
  if (!Number.isInteger(minimum) || minimum < 1) {
    throw new RangeError(`Expected minimum to be a whole number above 0 but found ${minimum}.`);
  }
  checkScores(scores);
  if (scope === "global") {
    if (typeof sparsity !== "number") throw new RangeError("Expected one sparsity for the scope global but found some by layer.");
    validateSparsity("sparsity", sparsity);
    return globalUnits(scores, sparsity, minimum);
  }
  const counts = keep ? checkCounts(scores, keep) : countsOf(scores, sparsity as number | Record<string, number>);
  return Object.fromEntries(counts.map(([layer, count]) => [layer, highest(scores[layer], Math.max(count, minimum))]));
}
