import { chooseMasks } from "./chooseMasks.js";
import type { Masks } from "./customFromMask.js";
import { pruningPattern } from "./pruningPattern.js";
import type { PruningPattern } from "./pruningPattern.js";
import { sparsityByLayer } from "./sparsityByLayer.js";
import type { WeightScores } from "./weightScores.js";

/** Arguments of `semiStructuredMasks`: either `sparsityMByN`, or `blockSize` with `sparsity`. */
export interface SemiStructuredMasksArgs extends Partial<Omit<PruningPattern, "scope">> {
  /** Share of the blocks that are zero, 0 to below 1: of each layer, or by name of the layers that are pruned. */
  sparsity?: number | Record<string, number>;
}

/**
 * Masks in a pattern that hardware can use: m zeros in every n weights of a unit, or whole blocks of zeros. The weights
 * with the highest scores are kept, of equal ones those that come first; of blocks those with the highest mean, or with the
 * highest score in them (`blockPoolingType: "MAX"`).
 *
 * @param scores Of the layers to prune; see `WeightScores`.
 * @param args See `SemiStructuredMasksArgs`. Default of `blockPoolingType` "AVG".
 * @returns Masks for `customFromMask`, the same ones that `pruneLowMagnitude` finds in such a pattern for such scores.
 * @throws {RangeError} When a sparsity is out of range, a score is NaN, or the pattern makes no sense.
 * @throws {TypeError} When neither or both of `sparsity` and `sparsityMByN` are given, a layer that is named has no scores,
 *   or blocks are asked for and a kernel is no matrix.
 * @example
 * const masks = semiStructuredMasks(wanda(model, norms), { sparsityMByN: [2, 4] });
 * const blocks = semiStructuredMasks(magnitude(model), { sparsity: 0.75, blockSize: [4, 4] });
 */
export function semiStructuredMasks(scores: WeightScores, { sparsity, ...args }: SemiStructuredMasksArgs): Masks {
  const pattern = pruningPattern(args);
  if ((sparsity === undefined) === (pattern.sparsityMByN === null)) {
    throw new TypeError(`Expected either sparsity or sparsityMByN but found ${sparsity === undefined ? "neither" : "both"}.`);
  }
  return Object.fromEntries(
    Object.entries(sparsityByLayer(scores, sparsity ?? 0)).map(([name, share]) => {
      const { scores: values, shape } = scores[name];
      return [name, chooseMasks([{ values, shape }], { ...pattern, sparsity: share })[0]];
    }),
  );
}
