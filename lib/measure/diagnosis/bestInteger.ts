import { getQuantizer } from "../../quantizers/getQuantizer.js";
import type { Quantizer } from "../../quantizers/quantizer.js";

const ENOUGH = 50_000;

/** The same format with another number of integer bits. */
export function withInteger(quantizer: Quantizer, integer: number): Quantizer {
  return getQuantizer({ className: quantizer.className, config: { ...quantizer.getConfig(), integer } });
}

/**
 * The number of integer bits with which a format is nearest to the numbers in least squares: fewer bits clip more, more
 * bits have larger steps.
 *
 * @param low Smallest value of the format: at 0, as of a ReLU, negative numbers do not count.
 * @param from Least number of integer bits that is tried.
 * @param to Largest, from or above.
 */
export function bestInteger(values: Float32Array, quantizer: Quantizer, low: number, from: number, to: number): number {
  const stride = Math.ceil(values.length / ENOUGH);
  const picked = values.filter((value, i) => i % stride === 0 && (low < 0 || value > 0));
  let [best, least] = [from, Infinity];
  for (let integer = from; integer <= to; integer++) {
    const q = withInteger(quantizer, integer).quantize(picked, [picked.length]);
    const error = q.reduce((sum, value, i) => sum + (value - picked[i]) ** 2, 0);
    if (error < least) [best, least] = [integer, error];
  }
  return best;
}
