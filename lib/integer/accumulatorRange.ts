import type { AccumulatorRange, IntegerFormat, IntegerLayer } from "./program.js";

/** Bits of the shortest two's complement number that holds two whole numbers. */
function bitsFor(low: number, high: number): number {
  let bits = 1;
  while (low < -(2 ** (bits - 1)) || high > 2 ** (bits - 1) - 1) bits++;
  return bits;
}

/**
 * Proves between which numbers the accumulators of a layer stay. Each product lies between `w · low` and `w · high`; the
 * negative ones of these, all added up, are the least that any sum of some of the products can be, the positive ones the
 * most. So it holds after each addition, in whatever order. What the zero point of the input adds is part of the bias.
 *
 * @param layer Its weights, shifts and bias.
 * @param input Codes of the input.
 * @example
 * accumulatorRange({ units: 1, weights: Int8Array.of(3, -5), sumShifts: Int32Array.of(0), bias: Float64Array.of(7) },
 *   { low: 0, high: 255 }); // { low: -1275, high: 772, bits: 12 }
 */
export function accumulatorRange(
  { units, weights, sumShifts, bias }: Pick<IntegerLayer, "units" | "weights" | "sumShifts" | "bias">,
  { low, high }: Pick<IntegerFormat, "low" | "high">,
): AccumulatorRange {
  const least = new Float64Array(units);
  const most = new Float64Array(units);
  for (let i = 0; i < weights.length; i++) {
    const unit = i % units;
    least[unit] += Math.min(0, weights[i] * low, weights[i] * high);
    most[unit] += Math.max(0, weights[i] * low, weights[i] * high);
  }
  const range = { low: 0, high: 0 };
  for (let unit = 0; unit < units; unit++) {
    range.low = Math.min(range.low, least[unit] * 2 ** sumShifts[unit] + Math.min(0, bias[unit]));
    range.high = Math.max(range.high, most[unit] * 2 ** sumShifts[unit] + Math.max(0, bias[unit]));
  }
  return { ...range, bits: bitsFor(range.low, range.high) };
}
