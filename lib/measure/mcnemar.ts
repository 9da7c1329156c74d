/** What `mcnemar` finds. */
export interface McNemarResult {
  /** Samples that only the first classifies correctly. */
  onlyFirst: number;
  /** Samples that only the second classifies correctly. */
  onlySecond: number;
  /** Probability of so uneven a division, or a more uneven one, if neither were better: 0 to 1. */
  pValue: number;
}

/**
 * McNemar's test of whether two classifiers differ on the same test set, in its exact, two-sided form: only the samples
 * count that one of them gets right and the other wrong (McNemar 1947; Dietterich 1998).
 *
 * It tells of these two networks; of how they were trained tell several seeds, see `pairedTTest`.
 *
 * @param first [n] classes that the first one found.
 * @param second [n] classes that the second one found.
 * @param labels [n] classes.
 * @throws {TypeError} When the lengths differ or there are no samples.
 * @example mcnemar(predictedLabels(a), predictedLabels(b), test.labels).pValue < 0.05;
 */
export function mcnemar(first: ArrayLike<number>, second: ArrayLike<number>, labels: ArrayLike<number>): McNemarResult {
  if (labels.length === 0 || first.length !== labels.length || second.length !== labels.length) {
    throw new TypeError(`Expected a class of each for ${labels.length} labels but found ${first.length} and ${second.length}.`);
  }
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let i = 0; i < labels.length; i++) {
    const [a, b] = [first[i] === labels[i], second[i] === labels[i]];
    onlyFirst += Number(a && !b);
    onlySecond += Number(b && !a);
  }
  return { onlyFirst, onlySecond, pValue: binomialTest(Math.min(onlyFirst, onlySecond), onlyFirst + onlySecond) };
}

/** Probability of at most `few` heads or at most as many tails in n throws of a fair coin. */
function binomialTest(few: number, n: number): number {
  let term = -n * Math.log(2); // log of the probability of no head
  let sum = 0;
  for (let k = 0; k <= few; k++) {
    sum += Math.exp(term);
    term += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * sum);
}
