import { minMaxRange, symmetricRange, withZero } from "./range.js";
import type { CalibrationRange } from "./range.js";

const BINS = 2048;

/** How many magnitudes fall into each of equally wide bins from 0 to the largest. A zero is exact in any range, and has no part. */
function magnitudeHistogram(values: Float32Array, largest: number): Float64Array {
  const histogram = new Float64Array(BINS);
  for (const value of values) {
    if (value !== 0) histogram[Math.min(Math.floor((Math.abs(value) / largest) * BINS), BINS - 1)]++;
  }
  return histogram;
}

/**
 * The divergence KL(P || Q) of quantizing to `levels` magnitudes below the end of bin `kept`: P is the histogram with all
 * that lies beyond counted in its last bin, Q what is left of it: the numbers of a level spread evenly over its bins.
 * Infinite where the last bin is empty but for what was clipped.
 */
function divergence(histogram: Float64Array, kept: number, levels: number, inside: number, beyond: number): number {
  let sum = 0;
  for (let level = 0, start = 0; level < levels; level++) {
    const end = Math.floor(((level + 1) * kept) / levels);
    let count = 0;
    let filled = 0;
    for (let bin = start; bin < end; bin++) {
      count += histogram[bin];
      if (histogram[bin] > 0) filled++;
    }
    for (let bin = start; bin < end; bin++) {
      const p = histogram[bin] + (bin === kept - 1 ? beyond : 0);
      if (p === 0) continue;
      if (histogram[bin] === 0) return Infinity;
      sum += p * Math.log((p * inside * filled) / (count * (inside + beyond)));
    }
    start = end;
  }
  return sum / (inside + beyond);
}

/**
 * The range with 0 in it that loses the least information: TensorRT's entropy calibration. The magnitudes are counted in 2,048 bins; of
 * all bins that a range could end at, that is taken whose quantized histogram has the least Kullback-Leibler divergence
 * from the unquantized one (Migacz 2017, "8-bit inference with TensorRT").
 *
 * Numbers of one sign use all 2^bits codes, others half of them on each side. With at least as many codes as bins there is
 * nothing to find, and the range is that from the smallest number to the largest.
 */
export function klRange(values: Float32Array, { bits, symmetric }: { bits: number; symmetric: boolean }): CalibrationRange {
  const all = minMaxRange(values);
  const largest = Math.max(-all.min, all.max);
  const whole = symmetric ? symmetricRange(all) : withZero(all);
  const levels = 2 ** (!symmetric && (all.min >= 0 || all.max <= 0) ? bits : bits - 1);
  if (largest === 0 || levels >= BINS) return whole;
  const histogram = magnitudeHistogram(values, largest);
  const total = histogram.reduce((sum, count) => sum + count, 0);
  let inside = histogram.subarray(0, levels - 1).reduce((sum, count) => sum + count, 0);
  let best = BINS;
  let least = Infinity;
  for (let kept = levels; kept <= BINS; kept++) {
    inside += histogram[kept - 1];
    if (inside === 0) continue;
    const found = divergence(histogram, kept, levels, inside, total - inside);
    if (found < least) [best, least] = [kept, found];
  }
  // Half a bin beyond the last one kept, as in Migacz' slides.
  const threshold = Math.min(((best + 0.5) * largest) / BINS, largest);
  return { min: Math.max(whole.min, -threshold), max: Math.min(whole.max, threshold) };
}
