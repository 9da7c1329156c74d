/** How often weights fall into bins of one width, one of which is centred on zero. */
export interface WeightCounts {
  /** Width of a bin. */
  width: number;
  /** Centres of the bins that hold a weight, rising. */
  centres: number[];
  /** Percent of the weights in each of these bins, without the zeros. */
  others: number[];
  /** Percent of the weights that are exactly zero. */
  zero: number;
}

/**
 * Counts weights for a histogram; weights that are exactly zero are counted apart, those that are
 * not finite only in the total.
 *
 * @param reach bins lie from -reach to reach.
 * @param bins about how many there are.
 * @param levels values the weights can have. If evenly spaced, bins are centred on them, or on every
 *   second, third, … of them, since other bins would hold now one level and now two.
 */
export function countWeights(
  weights: ArrayLike<number>,
  reach: number,
  bins: number,
  levels: readonly number[],
): WeightCounts {
  const width = binWidth(reach, bins, levels);
  const last = Math.round(reach / width);
  const counts = new Map<number, number>(); // by bin number; bin 0 is centred on zero
  let zeros = 0;
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index];
    if (weight === 0) zeros++;
    if (weight === 0 || !Number.isFinite(weight)) continue;
    const bin = Math.max(-last, Math.min(last, Math.round(weight / width)));
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  const filled = [...counts.keys()].sort((a, b) => a - b);
  return {
    width,
    centres: filled.map((bin) => bin * width),
    others: filled.map((bin) => (100 * counts.get(bin)!) / weights.length),
    zero: (100 * zeros) / weights.length,
  };
}

function binWidth(reach: number, bins: number, levels: readonly number[]): number {
  const sorted = [...levels].sort((a, b) => a - b);
  let [smallest, largest] = [Infinity, 0];
  for (let index = 1; index < sorted.length; index++) {
    smallest = Math.min(smallest, sorted[index] - sorted[index - 1]);
    largest = Math.max(largest, sorted[index] - sorted[index - 1]);
  }
  const even = sorted.length > 2 && smallest > 0 && largest - smallest < smallest * 1e-3;
  if (!even) return (2 * reach) / bins;
  return smallest * Math.max(1, Math.ceil((2 * reach) / smallest / (bins * 1.5)));
}
