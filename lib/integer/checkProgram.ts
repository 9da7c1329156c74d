import { kindOf } from "../data/kindOf.js";
import { accumulatorRange } from "./accumulatorRange.js";
import { MOST_BITS, MOST_BITS_WITH_MULTIPLIER } from "./integerLayer.js";
import type { IntegerFormat, IntegerLayer, IntegerProgram, Requantization } from "./program.js";
import { MULTIPLIER_SHIFTS, SHIFTS } from "./requantization.js";

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

/** Throws unless something is valid; `found` is undefined where there is nothing. */
function expect(isValid: boolean, ErrorClass: new (message: string) => Error, expected: string, found: unknown): void {
  if (!isValid) throw new ErrorClass(`Expected ${expected} but found ${JSON.stringify(found) ?? "nothing"}.`);
}

function checkFormat(where: string, format: IntegerFormat): void {
  expect(typeof format === "object" && format !== null, TypeError, `a format of ${where}`, format);
  const { kind, bits, signed, fractionBits, scale, zeroPoint, low, high } = format;
  const isAffine = kind === "affine";
  expect(isAffine || kind === "fixedPoint", RangeError, `the kind of ${where} to be fixedPoint or affine`, kind);
  expect(typeof signed === "boolean", TypeError, `signed of ${where} to be true or false`, signed);
  // Affine codes are counted from the zero point on in float32.
  const mostBits = isAffine ? 16 : signed ? 32 : 31;
  expect(isWhole(bits, 1, mostBits), RangeError, `bits of ${where} from 1 to ${mostBits}`, bits);
  // Where float32 has powers of two.
  expect(isWhole(fractionBits, -126, 126), RangeError, `fractionBits of ${where} from -126 to 126`, fractionBits);
  expect(!isAffine || fractionBits === 0, RangeError, `fractionBits of ${where}, which is affine, to be 0`, fractionBits);
  expect(scale > 0 && scale < Infinity, RangeError, `a scale of ${where} above 0`, scale);
  expect(!isAffine || Math.fround(scale) === scale, RangeError, `a scale of ${where}, which is affine, in float32`, scale);
  const [least, most] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  const isInside = isWhole(low, least, most) && isWhole(high, low, most);
  expect(isInside, RangeError, `codes of ${where} from ${least} or more to ${most} or less`, [low, high]);
  const [first, last] = isAffine ? [low, high] : [0, 0];
  const hasZero = isWhole(zeroPoint, first, last) && isWhole(zeroPoint, low, high);
  expect(hasZero, RangeError, `a zeroPoint of ${where} among its codes, 0 of fixed-point ones`, zeroPoint);
}

function checkArray<T extends { length: number }>(
  where: string, array: T, kinds: (new (length: number) => T)[], length: number,
): void {
  const names = kinds.map(({ name }) => name).join(" or ");
  expect(kinds.some((kind) => array instanceof kind), TypeError, `${where} to be a ${names}`, typeof array);
  expect(array.length === length, TypeError, `${where} to have ${length} numbers`, array.length);
}

function checkRequantization(where: string, requantization: Requantization, units: number): void {
  const { kind, shifts } = requantization;
  const isKnown = kind === "shift" || kind === "multiplier";
  expect(isKnown, RangeError, `the requantization of ${where} to be a shift or a multiplier`, kind);
  checkArray(`shifts of ${where}`, shifts, [Int32Array], units);
  const { least, most } = kind === "shift" ? SHIFTS : MULTIPLIER_SHIFTS;
  for (const shift of shifts) expect(isWhole(shift, least, most), RangeError, `shifts of ${where} from ${least} to ${most}`, shift);
  if (kind === "shift") return;
  checkArray(`multipliers of ${where}`, requantization.multipliers, [Int32Array], units);
  for (const multiplier of requantization.multipliers) {
    expect(multiplier >= 0, RangeError, `multipliers of ${where} from 0`, multiplier);
  }
}

function checkLayer(layer: IntegerLayer, inputs: number, input: IntegerFormat): void {
  const { name, units, weightBits, weights, weightSteps, sumShifts, bias, steps, accumulator, output } = layer;
  expect(isWhole(units, 1, 2 ** 31), RangeError, `units of ${name} to be a whole number above 0`, units);
  expect(layer.inputs === inputs, TypeError, `${name} to have the ${inputs} inputs that come before it`, layer.inputs);
  expect(isWhole(weightBits, 1, 32), RangeError, `weightBits of ${name} from 1 to 32`, weightBits);
  checkArray<IntegerLayer["weights"]>(`weights of ${name}`, weights, [Int8Array, Int16Array, Int32Array], inputs * units);
  checkArray(`weightSteps of ${name}`, weightSteps, [Float64Array], units);
  checkArray(`sumShifts of ${name}`, sumShifts, [Int32Array], units);
  checkArray(`bias of ${name}`, bias, [Float64Array], units);
  checkArray(`steps of ${name}`, steps, [Float64Array], units);
  for (const shift of sumShifts) {
    expect(isWhole(shift, 0, MOST_BITS), RangeError, `sumShifts of ${name} from 0 to ${MOST_BITS}`, shift);
  }
  for (const code of bias) expect(Number.isSafeInteger(code), RangeError, `a bias of ${name} that is a whole number`, code);
  for (const step of [...weightSteps, ...steps]) {
    expect(step > 0 && step < Infinity, RangeError, `steps of ${name} above 0`, step);
  }
  const proven = accumulatorRange(layer, input);
  const isProven = accumulator?.low === proven.low && accumulator.high === proven.high && accumulator.bits === proven.bits;
  expect(isProven, RangeError, `the accumulator of ${name} to be ${JSON.stringify(proven)}`, accumulator);
  if (output) {
    checkFormat(`the output of ${name}`, output.format);
    checkRequantization(name, output.requantization, units);
  }
  const most = output?.requantization.kind === "multiplier" ? MOST_BITS_WITH_MULTIPLIER : MOST_BITS;
  expect(proven.bits <= most, RangeError, `sums of ${name} of at most ${most} bits`, proven.bits);
}

/** Throws where something else was handed over: a model, most likely. */
function refuseOthers(found: unknown): void {
  const isModel = typeof (found as { getLayer?: unknown } | null | undefined)?.getLayer === "function";
  if (!isModel && typeof found === "object" && found !== null) return;
  throw new TypeError(`Expected an integer program but found ${isModel ? "a model: integerProgram(model) makes one of it" : kindOf(found)}.`);
}

/**
 * Throws unless a program, which may have come from a file, can be run: sizes fit, numbers are in range, and no
 * accumulator can overflow, which is proven anew.
 *
 * @throws {TypeError} When something is missing or of another kind or size.
 * @throws {RangeError} When a number is out of range.
 * @example checkProgram(structuredClone(integerProgram(model))); // passes
 */
export function checkProgram(program: IntegerProgram): void {
  refuseOthers(program);
  const { inputs, input, layers, activation } = program;
  expect(isWhole(inputs, 1, 2 ** 31), RangeError, "inputs to be a whole number above 0", inputs);
  expect(Array.isArray(layers) && layers.length > 0, TypeError, "at least one layer", layers);
  const isKnown = ["linear", "sigmoid", "softmax"].includes(activation);
  expect(isKnown, RangeError, "an activation linear, sigmoid or softmax", activation);
  checkFormat("the input", input);
  let [size, format] = [inputs, input];
  for (const [i, layer] of layers.entries()) {
    checkLayer(layer, size, format);
    const isLast = i === layers.length - 1;
    expect(layer.output !== null || isLast, TypeError, `an output format of ${layer.name}, which is not the last layer,`, null);
    size = layer.units;
    if (layer.output) format = layer.output.format;
  }
}
