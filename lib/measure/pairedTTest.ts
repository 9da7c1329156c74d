/** What `pairedTTest` finds. */
export interface PairedTTestResult {
  /** Mean of `second - first`. */
  difference: number;
  /** Where the mean difference lies with 95 % confidence. */
  interval: [number, number];
  /** Probability of so large a mean difference, or a larger one, if there were none: 0 to 1. */
  pValue: number;
}

/**
 * Student's paired t-test, two-sided: whether two ways to train differ, from results of the same seeds.
 *
 * @param first [n] results of one way, such as test accuracies, a seed each.
 * @param second [n] results of the other, of the same seeds in the same order.
 * @throws {TypeError} When the lengths differ or there are fewer than two.
 * @example pairedTTest([0.951, 0.95, 0.952], [0.953, 0.954, 0.955]); // { difference: 0.003, … }
 */
export function pairedTTest(first: ArrayLike<number>, second: ArrayLike<number>): PairedTTestResult {
  const n = first.length;
  if (n !== second.length || n < 2) throw new TypeError(`Expected two or more pairs but found ${n} and ${second.length} numbers.`);
  const differences = Array.from({ length: n }, (_, i) => second[i] - first[i]);
  const difference = differences.reduce((sum, d) => sum + d, 0) / n;
  const variance = differences.reduce((sum, d) => sum + (d - difference) ** 2, 0) / (n - 1);
  const error = Math.sqrt(variance / n);
  if (error === 0) return { difference, interval: [difference, difference], pValue: difference === 0 ? 1 : 0 };
  const half = quantile(n - 1) * error;
  return { difference, interval: [difference - half, difference + half], pValue: twoSided(Math.abs(difference) / error, n - 1) };
}

/** Probability that |t| is as large or larger. With t = √df · tan θ it is an integral of cos^(df - 1), of a smooth function. */
function twoSided(t: number, df: number): number {
  const from = Math.atan(t / Math.sqrt(df));
  return integral(from, df) / integral(0, df);
}

/** ∫ cos^(df - 1) from an angle to a right one, by Simpson's rule. */
function integral(from: number, df: number): number {
  const steps = 2000;
  const width = (Math.PI / 2 - from) / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const factor = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += factor * Math.max(0, Math.cos(from + i * width)) ** (df - 1);
  }
  return (sum * width) / 3;
}

/** The t beyond which |t| lies with a probability of 5 %, by bisection. */
function quantile(df: number): number {
  let [low, high] = [0, 1000];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (twoSided(middle, df) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}
