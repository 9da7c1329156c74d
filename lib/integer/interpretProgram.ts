import type { Matrix } from "../data/matrix.js";
import { roundHalfAwayFromZero } from "../quantizers/roundHalfAwayFromZero.js";
import { roundHalfToEven } from "../quantizers/roundHalfToEven.js";
import { checkProgram } from "./checkProgram.js";
import { checkRows } from "./checkRows.js";
import { stepOf } from "./integerFormat.js";
import type { IntegerFormat, IntegerLayer, IntegerProgram, IntegerLogits, Requantization } from "./program.js";

const clip = (code: number, { low, high }: IntegerFormat): number => Math.min(Math.max(code, low), high);

/** The codes of a sample, or of anything else that is real: [n]. */
export function quantizeInput(x: Float32Array, format: IntegerFormat): Int32Array {
  const { kind, fractionBits, scale, zeroPoint } = format;
  const nearest =
    kind === "affine"
      ? (value: number): number => roundHalfAwayFromZero(Math.fround(value / scale))
      : (value: number): number => roundHalfToEven(value * 2 ** fractionBits);
  return Int32Array.from(x, (value) => clip(zeroPoint + nearest(value), format));
}

/** The values that codes stand for: [n]. */
const valuesOf = (codes: Int32Array, format: IntegerFormat): Float64Array =>
  Float64Array.from(codes, (code) => (code - format.zeroPoint) * stepOf(format));

/** `(x · weights) · 2^sumShifts + bias` of one sample: x [inputs], sums [units]. */
export function accumulate({ units, weights, sumShifts, bias }: IntegerLayer, x: Int32Array): Float64Array {
  const sums = new Float64Array(units);
  for (let i = 0; i < x.length; i++) {
    if (x[i] === 0) continue;
    for (let unit = 0; unit < units; unit++) sums[unit] += x[i] * weights[i * units + unit];
  }
  return sums.map((sum, unit) => sum * 2 ** sumShifts[unit] + bias[unit]);
}

/** The codes of sums in the format of a layer's output: [units]. */
export function requantize(sums: Float64Array, { format, requantization }: NonNullable<IntegerLayer["output"]>): Int32Array {
  const round = format.kind === "affine" ? roundHalfAwayFromZero : roundHalfToEven;
  return Int32Array.from(sums, (sum, unit) => clip(format.zeroPoint + rescale(sum, requantization, unit, round), format));
}

/** @param round What a shift does with the bits behind the last one. */
function rescale(sum: number, requantization: Requantization, unit: number, round: (x: number) => number): number {
  const shift = requantization.shifts[unit];
  if (requantization.kind === "shift") return round(sum / 2 ** shift);
  // floor(sum · multiplier / 2^shift + 1/2). The product has up to 62 bits, so the multiplier is taken in two parts.
  const high = Math.floor(requantization.multipliers[unit] / 2 ** 16);
  const low = requantization.multipliers[unit] % 2 ** 16;
  const product = sum * high + Math.floor((sum * low) / 2 ** 16); // floor(sum · multiplier / 2^16)
  return Math.floor(product / 2 ** (shift - 16) + 1 / 2);
}

/**
 * Runs an integer program: the readable reference, which `prepareProgram` gives the very same logits as, only faster. All
 * numbers are whole and below 2^53, so that ordinary numbers compute with them exactly.
 *
 * @param x Samples [n, inputs].
 * @returns Logits [n, outputs].
 * @throws {TypeError | RangeError} When the program is not valid (see `checkProgram`), samples have another size, or a number is
 *   NaN.
 * @example
 * const program = integerProgram(model);
 * logitLabels(interpretProgram(program, testX)); // [10000]
 */
export function interpretProgram(program: IntegerProgram, x: Matrix): IntegerLogits {
  checkProgram(program);
  const { inputs, input, layers } = program;
  const samples = checkRows(x, inputs);
  const { units, output, steps } = layers[layers.length - 1];
  const logits = new Float64Array(samples * units);
  for (let sample = 0; sample < samples; sample++) {
    let codes = quantizeInput(x.values.subarray(sample * inputs, (sample + 1) * inputs), input);
    for (const layer of layers) {
      const sums = accumulate(layer, codes);
      if (layer.output) codes = requantize(sums, layer.output);
      else logits.set(sums.map((sum, unit) => sum * steps[unit]), sample * units);
    }
    if (output) logits.set(valuesOf(codes, output.format), sample * units);
  }
  return { values: logits, shape: [samples, units] };
}
