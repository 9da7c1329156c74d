import { QuantizedAffine } from "../../quantizers/quantizedAffine.js";
import { withInteger } from "./bestInteger.js";
import { nouns } from "./tensorDiagnosis.js";
import type { Observed } from "./tensorDiagnosis.js";

/** What is wrong, in one word. */
export type FindingKind = "roundedToZero" | "stuck" | "saturated" | "unusedLevels" | "deadUnits" | "linearRelu";

/** One thing that is wrong with a quantized model, and what helps. */
export interface Finding {
  layer: string;
  kind: FindingKind;
  /** A sentence on what was seen and one on what helps. */
  message: string;
}

// From here on it costs accuracy: a hundredth of clipped activations is what calibration itself gives up.
const MANY_CLIPPED = 0.02;
// Of weights that spread like a bell about one in a hundred lies on the outermost values of a format that suits them.
const MANY_SATURATED = 0.1;
const NEARLY_ALL = 0.9;
/** Steps in the root mean square of the numbers below which unused integer bits are missed. */
const FINE = 16;

export const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 || share > 0.999 ? 1 : 0)} %`;
const number = (value: number): string => String(Number(value.toPrecision(3)));
const bitsText = (count: number): string => `${count} integer bit${Math.abs(count) === 1 ? "" : "s"}`;

/** What to do about numbers beyond the range. */
function widerRange({ quantizer, integer }: Observed, wanted: number | null): string {
  return integer === null || wanted === null ? "Widen its range." : `Take ${bitsText(wanted)}: ${withInteger(quantizer, wanted)}.`;
}

function saturation(observed: Observed): Finding | null {
  const { layer, tensor, format, clipped, saturated, high, integer, integerWanted, min, max } = observed;
  if (clipped === null || high === null) return null;
  const noun = nouns[tensor];
  // QDense holds trained weights at 2^integer, so how far they would go is not seen.
  const isHeld = tensor !== "activation" && integer !== null && Math.max(-min, max) <= 2 ** integer;
  if (isHeld) {
    if (saturated === null || saturated <= MANY_SATURATED) return null;
    const message = `${percent(saturated)} of the ${noun} stick at the ends of the range of ${format}. `;
    return { layer, kind: "saturated", message: message + widerRange(observed, integer + 1) };
  }
  // With few bits it can be better to clip than to take larger steps.
  const isBest = integer !== null && integerWanted === integer;
  if (clipped <= MANY_CLIPPED || isBest) return null;
  const message = `${percent(clipped)} of the ${noun} lie beyond the range of ${format}, whose largest value is ${number(high)}. `;
  return { layer, kind: "saturated", message: message + widerRange(observed, integerWanted) };
}

function unusedLevels(observed: Observed): Finding | null {
  const { layer, tensor, format, quantizer, integer, integerNeeded, levelsUsed, levels, step, rms, min, max } = observed;
  if (integer === null || integerNeeded === null || step === null) return null;
  const wanted = Math.max(integerNeeded, 0);
  const unused = integer - wanted;
  if (unused < 2 || step * FINE < rms) return null;
  const largest = number(Math.max(Math.abs(min), Math.abs(max)));
  const message =
    `The ${nouns[tensor]} use ${levelsUsed} of the ${levels} levels of ${format}: none goes beyond ${largest}, so ${unused} of its ` +
    `${bitsText(integer)} are never used. Take ${bitsText(wanted)}, for steps ${2 ** unused} times finer: ` +
    `${withInteger(quantizer, wanted)}.`;
  return { layer, kind: "unusedLevels", message };
}

function lostWeights(observed: Observed): Finding | null {
  const { layer, tensor, format, quantizer, levelsUsed, integer, integerNeeded, roundedToZero, step, zeros, high } = observed;
  if (tensor !== "kernel") return null;
  const wanted = Math.max(integerNeeded ?? 0, 0);
  const fewer = integer !== null && wanted < integer ? ` Take ${bitsText(wanted)}: ${withInteger(quantizer, wanted)}.` : "";
  if (roundedToZero > NEARLY_ALL) {
    const size = step === null ? "" : `, whose step is ${number(step)}`;
    const cure = fewer || ` Take ${quantizer.className.endsWith("ternary") ? "a lower threshold" : "more bits"}, or alpha="auto_po2".`;
    const message = `${percent(roundedToZero)} of the weights that are not 0 round to 0 in ${format}${size}.${cure}`;
    return { layer, kind: "roundedToZero", message };
  }
  if (levelsUsed > 1) return null;
  const what = zeros === 1 ? "are 0, so the layer gives nothing but its bias" : `have one and the same value in ${format}`;
  const more = high !== null && zeros < 1 ? "Take more integer bits, or train" : "Train";
  return { layer, kind: "stuck", message: `All weights ${what}. ${more} again from other weights (kernelInitializer: "heNormal").` };
}

/** What is wrong with the numbers of one tensor: the most telling finding, or none. */
export function findingOf(observed: Observed): Finding | null {
  return lostWeights(observed) ?? saturation(observed) ?? unusedLevels(observed);
}

/** The integer bits that numbers ask for: those that a finding on their range advises, else the present ones. */
function integerAdvised(observed: Observed): number | null {
  const { integer, integerNeeded, integerWanted } = observed;
  if (saturation(observed)) return integerWanted;
  return unusedLevels(observed) ? Math.max(integerNeeded ?? 0, 0) : integer;
}

/** Formats that are a straight line but for their rounding. */
const straight: readonly string[] = ["quantized_bits", "quantized_affine", "quantized_ulaw", "quantized_po2"];

/**
 * A hidden activation that lets negative numbers through as they are, and so is no ReLU. The ReLU that it names has the integer
 * bits that the numbers ask for, so that this is the only cure that is needed.
 *
 * @param negative Share of the outputs below 0.
 */
export function linearReluOf(observed: Observed, negative: number): Finding | null {
  const { layer, format, quantizer } = observed;
  // Of one or two bits little more than the sign is left, which is no straight line.
  if (!straight.includes(quantizer.className) || quantizer.bits < 3 || negative < 0.01) return null;
  const { bits, integer: own = 0 } = quantizer.getConfig() as { bits: number; integer?: number };
  const integer = integerAdvised(observed) ?? own;
  const relu = quantizer instanceof QuantizedAffine ? "pactActivation or a ReLU before it" : `quantized_relu(${bits},${integer})`;
  const message =
    `${format} keeps negative numbers (${percent(negative)} of the outputs): it is no ReLU but nearly a straight line, with ` +
    `which the layers before and after it are worth hardly more than one. Use ${relu}.`;
  return { layer, kind: "linearRelu", message };
}

/** Units of a hidden activation that are 0 for every sample. */
export function deadUnitsOf(layer: string, dead: number, units: number): Finding | null {
  if (dead / units <= 0.2) return null;
  const message =
    `${dead} of ${units} units give 0 for every sample. Take a smaller learning rate or weights that start smaller, or remove the units ` +
    "(removeDeadUnits).";
  return { layer, kind: "deadUnits", message };
}
