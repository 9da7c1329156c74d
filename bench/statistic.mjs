/**
 * One number for several rounds: the median of the rounds' best times. What else runs on the machine makes a
 * training slower, never faster; that takes the best of neighbouring times. The median leaves a lucky or an
 * unlucky round out.
 *
 * @param {number[][]} rounds times of each round, none empty
 * @returns {{ms: number, low: number, high: number}} the median, the lowest and the highest of the rounds' best
 * @example
 * summarize([[3, 2], [9, 5], [4, 4]]); // { ms: 4, low: 2, high: 5 }
 */
export function summarize(rounds) {
  const best = rounds.map((times) => Math.min(...times)).sort((a, b) => a - b);
  const middle = best.length >> 1;
  const ms = best.length % 2 === 1 ? best[middle] : (best[middle - 1] + best[middle]) / 2;
  return { ms, low: best[0], high: best.at(-1) };
}
