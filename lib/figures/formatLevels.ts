import { formatRange } from "../measure/diagnosis/formatRange.js";
import type { Quantizer } from "../quantizers/quantizer.js";

const MOST = 1024;

/** Whether the values of a quantizer follow the numbers: an automatic scale, or a range that the numbers decide. */
export function followsNumbers(quantizer: Quantizer): boolean {
  const { alpha, min, scale } = quantizer.getConfig();
  return typeof alpha === "string" || (quantizer.className === "quantized_affine" && (min ?? scale ?? null) === null);
}

/**
 * The values that a format has, rising: all of an even grid, of other formats those that numbers from 2^-40 to 2^40 come
 * to.
 *
 * @returns None where there are more than 1024, which no chart could tell apart.
 */
export function formatLevels(quantizer: Quantizer): number[] {
  const range = formatRange(quantizer);
  if (range) {
    const { low, high, step } = range;
    const count = Math.round((high - low) / step) + 1;
    return count > MOST ? [] : Array.from({ length: count }, (_, i) => low + i * step);
  }
  const magnitudes = Array.from({ length: 1281 }, (_, i) => 2 ** ((i - 640) / 16));
  const even = Array.from({ length: 4097 }, (_, i) => (i - 2048) / 512);
  const numbers = Float32Array.from([...magnitudes, ...magnitudes.map((magnitude) => -magnitude), ...even]);
  const levels = [...new Set(quantizer.quantize(numbers, [numbers.length]))].sort((a, b) => a - b);
  return levels.length > MOST ? [] : levels;
}
