import { UnsupportedModel } from "../network/unsupportedModel.js";
import type { QuantizedCodes } from "../quantizers/quantizer.js";
import { accumulatorRange } from "./accumulatorRange.js";
import { alignBias } from "./alignBias.js";
import { gridOf, stepOf } from "./integerFormat.js";
import type { IntegerFormat, IntegerLayer } from "./program.js";
import { requantization } from "./requantization.js";

/** Sums of more bits could not be told apart in double precision, which the reference computes with. */
export const MOST_BITS = 53;
/** What a multiplier of 31 bits leaves room for in 64. */
export const MOST_BITS_WITH_MULTIPLIER = 32;

/** Codes in the shortest kind of array that holds so many bits. */
function shortest(codes: Int32Array, bits: number): IntegerLayer["weights"] {
  if (bits <= 8) return Int8Array.from(codes);
  return bits <= 16 ? Int16Array.from(codes) : codes;
}

/** What is needed to make a layer. */
export interface IntegerLayerArgs {
  name: string;
  units: number;
  /** [inputs, units], with one step or one a unit. */
  kernel: QuantizedCodes;
  /** [units], with one step or one a unit; null for none. */
  bias: QuantizedCodes | null;
  input: IntegerFormat;
  /** null for a last layer whose sums are the logits. */
  output: IntegerFormat | null;
}

/**
 * Makes a layer of an integer program from the integers of its weights.
 *
 * @throws {UnsupportedModel} When its accumulators can need more than 53 bits, or more than 32 where the scale is no power
 *   of two, or a scale is negative.
 */
export function integerLayer({ name, units, kernel, bias, input, output }: IntegerLayerArgs): IntegerLayer {
  const stepAt = ({ step }: QuantizedCodes, unit: number): number => step[step.length === 1 ? 0 : unit];
  const weightSteps = new Float64Array(units);
  const sumShifts = new Int32Array(units);
  const aligned = new Float64Array(units);
  const steps = new Float64Array(units);
  // A unit whose scale is 0 has no weights, whatever their codes.
  const codes = kernel.codes.map((code, i) => (stepAt(kernel, i % units) === 0 ? 0 : code));
  for (let unit = 0; unit < units; unit++) {
    const biasStep = bias ? stepAt(bias, unit) : 0;
    weightSteps[unit] = stepAt(kernel, unit) || biasStep / stepOf(input) || 1;
    if (!(weightSteps[unit] > 0 && biasStep >= 0)) throw new UnsupportedModel(`${name}: its weights have a negative scale`);
    const sumStep = stepOf(input) * weightSteps[unit];
    const grid = output ? gridOf(output) : biasStep;
    const code = bias && biasStep > 0 ? bias.codes[unit] : 0;
    const { bias: b, shift } = alignBias({ code, step: biasStep, sumStep, grid });
    if (shift > MOST_BITS) {
      throw new UnsupportedModel(`${name}: its bias has ${shift} bits behind the last one of a sum, of at most ${MOST_BITS}`);
    }
    aligned[unit] = b;
    sumShifts[unit] = shift;
    steps[unit] = sumStep / 2 ** shift;
  }
  const weightBits = kernel.bits + Number(!kernel.signed);
  if (weightBits > 32) throw new UnsupportedModel(`${name}: its weights need ${weightBits} bits with a sign, of at most 32`);
  const weights = shortest(codes, weightBits);
  // What the zero point of the input adds to the sums.
  if (input.zeroPoint !== 0) {
    for (let i = 0; i < codes.length; i++) aligned[i % units] -= input.zeroPoint * codes[i] * 2 ** sumShifts[i % units];
  }
  const accumulator = accumulatorRange({ units, weights, sumShifts, bias: aligned }, input);
  const factors = output && Array.from(steps, (step) => step / gridOf(output));
  const made = factors && requantization(name, factors);
  const most = made?.kind === "multiplier" ? MOST_BITS_WITH_MULTIPLIER : MOST_BITS;
  if (accumulator.bits > most) {
    throw new UnsupportedModel(
      `${name}: its sums can need ${accumulator.bits} bits, of at most ${most}` +
        (most === MOST_BITS ? "" : ", because its scales are no powers of two (alpha 1 or \"auto_po2\" makes them such)"),
    );
  }
  return {
    name,
    inputs: weights.length / units,
    units,
    weightBits,
    weights,
    weightSteps,
    sumShifts,
    bias: aligned,
    steps,
    accumulator,
    output: output && made && { format: output, requantization: made },
  };
}
