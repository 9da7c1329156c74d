import { UnsupportedModel } from "../network/unsupportedModel.js";
import { exponentOf } from "./exponentOf.js";
import type { Requantization } from "./program.js";

/** Shifts of a power of two that kernels know: beyond 62 bits to the right nothing is left of any sum. */
export const SHIFTS = { least: -30, most: 62 };
/** Shifts of a multiplier: below 17 an output would be 2^14 times as fine as the sum it is made of. */
export const MULTIPLIER_SHIFTS = { least: 17, most: 62 };

/**
 * A factor as a multiplier of 31 bits and a shift: `factor ≈ multiplier / 2^shift` (TensorFlow Lite:
 * `QuantizeMultiplier`).
 */
function multiplierOf(factor: number): { multiplier: number; shift: number } {
  const exponent = Math.floor(Math.log2(factor)) + 1;
  // 1/2 <= fraction < 1, up to the rounding of the logarithm, which only costs or gains a bit.
  const fraction = factor / 2 ** exponent;
  const multiplier = Math.round(fraction * 2 ** 31);
  const shift = 31 - exponent;
  if (multiplier >= 2 ** 31) return { multiplier: multiplier / 2, shift: shift - 1 };
  return shift > MULTIPLIER_SHIFTS.most ? { multiplier: 0, shift: MULTIPLIER_SHIFTS.most } : { multiplier, shift };
}

/**
 * How sums become codes: by shifts where all factors are powers of two, else by multipliers.
 *
 * @param name Of the layer, for messages.
 * @param factors Codes a unit of the sum: [units], above 0.
 * @throws {UnsupportedModel} When the output is so much finer than the sum that a shift to the left would leave 64 bits.
 * @example
 * requantization("fc1", [1 / 16]); // { kind: "shift", shifts: [4] }
 * requantization("fc1", [0.3]); // { kind: "multiplier", multipliers: [1288490189], shifts: [32] }
 */
export function requantization(name: string, factors: readonly number[]): Requantization {
  const exponents = factors.map(exponentOf);
  const isShift = exponents.every((exponent) => exponent !== null);
  const found = isShift ? exponents.map((exponent) => ({ multiplier: 1, shift: -exponent })) : factors.map(multiplierOf);
  const { least, most } = isShift ? SHIFTS : MULTIPLIER_SHIFTS;
  const finest = factors[found.findIndex(({ shift }) => shift < least)];
  if (finest !== undefined) throw new UnsupportedModel(`${name}: its output is ${finest} times as fine as the sum it is made of`);
  const shifts = Int32Array.from(found, ({ shift }) => Math.min(shift, most));
  if (isShift) return { kind: "shift", shifts };
  return { kind: "multiplier", multipliers: Int32Array.from(found, ({ multiplier }) => multiplier), shifts };
}
