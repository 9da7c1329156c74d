import { affineParameters } from "../quantizers/quantizedAffine.js";
import type { AffineFormat } from "../quantizers/quantizedAffine.js";
import { minMaxRange, symmetricRange, withZero } from "./range.js";
import type { CalibrationRange } from "./range.js";

/** Numbers, each as often as its count says. */
interface Counted {
  values: Float32Array;
  counts: Float32Array | null;
}

const BINS = 4096;
/** Ends of a range are first tried from the outermost number down to a 256th of it, 4 % at a time. */
const STEPS = 128;
const FACTOR = 2 ** (-1 / 16);

/** Bins with the mean of the numbers in them; few numbers stay as they are. */
function summarize(values: Float32Array, { min, max }: CalibrationRange): Counted {
  if (values.length <= BINS || min === max) return { values, counts: null };
  const sums = new Float64Array(BINS);
  const counts = new Float32Array(BINS);
  const perUnit = BINS / (max - min);
  for (const value of values) {
    const bin = Math.min(Math.floor((value - min) * perUnit), BINS - 1);
    sums[bin] += value;
    counts[bin]++;
  }
  const filled = Uint16Array.from(counts.keys()).filter((bin) => counts[bin] > 0);
  return {
    values: Float32Array.from(filled, (bin) => sums[bin] / counts[bin]),
    counts: Float32Array.from(filled, (bin) => counts[bin]),
  };
}

/** Sum of the squares of what quantizing with a range takes from numbers. */
function squaredError({ values, counts }: Counted, { min, max }: CalibrationRange, format: AffineFormat): number {
  const { scale, zeroPoint, lowest, highest } = affineParameters(min, max, format);
  const [low, high] = [lowest - zeroPoint, highest - zeroPoint];
  let error = 0;
  for (let i = 0; i < values.length; i++) {
    const difference = values[i] - scale * Math.min(Math.max(Math.round(values[i] / scale), low), high);
    error += difference * difference * (counts ? counts[i] : 1);
  }
  return error;
}

/**
 * The range with 0 in it whose quantization error is least: the mean of the squares, over clipped and rounded numbers together.
 *
 * Both ends are drawn in together first, then each for itself. Many numbers are looked at in 4,096 bins. The error is never
 * above that of the range from the smallest to the largest.
 */
export function mseRange(values: Float32Array, { bits, symmetric }: { bits: number; symmetric: boolean }): CalibrationRange {
  const format = { bits, symmetric };
  const all = minMaxRange(values);
  const whole = symmetric ? symmetricRange(all) : withZero(all);
  const counted = summarize(values, all);
  let best = whole;
  let least = squaredError(counted, whole, format);
  const consider = (range: CalibrationRange): void => {
    const error = squaredError(counted, range, format);
    if (error < least) [best, least] = [range, error];
  };
  for (let step = 1; step <= STEPS; step++) consider({ min: whole.min * FACTOR ** step, max: whole.max * FACTOR ** step });
  for (const width of [4, 1 / 4]) {
    const { min, max } = best;
    const factors = Array.from({ length: 17 }, (_, i) => FACTOR ** ((width * (i - 8)) / 8));
    if (symmetric) for (const factor of factors) consider({ min: Math.max(min * factor, whole.min), max: Math.min(max * factor, whole.max) });
    else {
      for (const factor of factors) consider({ min, max: Math.min(max * factor, whole.max) });
      const found = best;
      for (const factor of factors) consider({ min: Math.max(min * factor, whole.min), max: found.max });
    }
  }
  // The bins are only nearly the numbers.
  const every = { values, counts: null };
  return squaredError(every, best, format) <= squaredError(every, whole, format) ? best : whole;
}
