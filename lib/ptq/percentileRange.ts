import type { CalibrationRange } from "./range.js";

/** The number below which a share of the sorted ones lies, in between by a straight line (NumPy: `quantile`). */
function quantile(sorted: Float32Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const next = sorted[Math.min(below + 1, sorted.length - 1)];
  return sorted[below] + (next - sorted[below]) * (place - below);
}

/**
 * The range without the outermost numbers.
 *
 * @param percentile Per cent of the numbers that lie below the upper end, and above the lower; of magnitudes when the
 *   range is symmetric.
 */
export function percentileRange(values: Float32Array, percentile: number, symmetric: boolean): CalibrationRange {
  const share = percentile / 100;
  if (symmetric) {
    const largest = quantile(values.map(Math.abs).sort(), share);
    return { min: -largest, max: largest };
  }
  const sorted = Float32Array.from(values).sort();
  return { min: quantile(sorted, 1 - share), max: quantile(sorted, share) };
}
