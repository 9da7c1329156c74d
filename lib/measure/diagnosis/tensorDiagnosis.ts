import { indexOfNaN } from "../../data/indexOfNaN.js";
import type { Quantizer } from "../../quantizers/quantizer.js";
import { bestInteger } from "./bestInteger.js";
import { formatRange } from "./formatRange.js";
import { integerBitsFor } from "./integerBitsFor.js";

/** How well the numbers of one tensor suit their format. */
export interface TensorDiagnosis {
  layer: string;
  /** Weights as they are trained, or what a layer's activation quantizes on the samples. */
  tensor: "kernel" | "bias" | "activation";
  /** The format, as QKeras prints it. */
  format: string;
  /** Smallest and largest number before quantizing. */
  min: number;
  max: number;
  /** Share of numbers beyond the format's range, 0 to 1; null where the format has none of its own, or bends numbers. */
  clipped: number | null;
  /** Share of numbers on the smallest or largest value, 0 of a ReLU not counted; null as above, and below 3 bits. */
  saturated: number | null;
  /** Share of zeros after quantizing. */
  zeros: number;
  /** How many different values are taken, of those that the format has. */
  levelsUsed: number;
  levels: number;
  /** Integer bits that the format has; null where it counts no integer bits. */
  integer: number | null;
  /** Integer bits that the largest number needs, negative where all numbers are small; null where all are 0. */
  integerNeeded: number | null;
}

/** What was observed of a tensor, beside its row. */
export interface Observed extends TensorDiagnosis {
  quantizer: Quantizer;
  /** Distance of neighbouring values; null where the format's are not evenly spaced, or follow the numbers. */
  step: number | null;
  /** Largest value of the format; null as for clipped. */
  high: number | null;
  /** Integer bits, the present ones or more, with which the format is nearest to the numbers; null as for integer. */
  integerWanted: number | null;
  /** Root mean square before quantizing. */
  rms: number;
  /** Share of the numbers other than 0 that become 0. */
  roundedToZero: number;
}

/** How many different numbers there are, exactly. */
function countLevels(values: Float32Array, quantizer: Quantizer, quantized: Float32Array, shape: readonly number[]): number {
  // With a scale a channel one code stands for different values.
  const isScaled = typeof quantizer.scale !== "number" && quantizer.scale.length > 1;
  return new Set<number>(isScaled ? quantizer.encode(values, shape).codes : quantized).size;
}

/** How many values a format has. */
function levelsOf(quantizer: Quantizer): number {
  const { className, bits } = quantizer;
  if (className.endsWith("ternary")) return 3;
  const { symmetric = false, alpha } = quantizer.getConfig();
  const isSymmetric = bits > 1 && (Boolean(symmetric) || (className === "quantized_bits" && typeof alpha === "string"));
  return 2 ** bits - Number(isSymmetric);
}

/** What a tensor holds, in a sentence. */
export const nouns = { kernel: "weights", bias: "biases", activation: "activations" } as const;

/**
 * Throws where a training has diverged, which no format cures.
 *
 * @throws {RangeError} With the layer.
 */
export function refuseNaN(layer: string, noun: string, values: Float32Array): void {
  if (indexOfNaN(values) < 0) return;
  throw new RangeError(`Expected numbers as ${noun} of ${layer} but found NaN: its training diverged, which a smaller learning rate may help.`);
}

/**
 * Observes the numbers of a tensor on their way through a quantizer.
 *
 * @throws {RangeError} When one is NaN.
 */
export function observe(
  layer: string, tensor: TensorDiagnosis["tensor"], values: Float32Array, shape: readonly number[], quantizer: Quantizer,
): Observed {
  refuseNaN(layer, nouns[tensor], values);
  const quantized = quantizer.quantize(values, shape);
  const range = formatRange(quantizer);
  let [min, max, squares, clipped, saturated, zeros, nonzero] = [Infinity, -Infinity, 0, 0, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const [value, q] = [values[i], quantized[i]];
    min = Math.min(min, value);
    max = Math.max(max, value);
    squares += value * value;
    zeros += Number(q === 0);
    nonzero += Number(value !== 0);
    if (!range) continue;
    const { low, high, step } = range;
    clipped += Number(value > high + step / 2 || (low < 0 && value < low - step / 2));
    // A value in float32 may lie a little off the product in double precision.
    saturated += Number(q > high - step / 2 || (low < 0 && q < low + step / 2));
  }
  const share = (count: number): number => count / values.length;
  const config = quantizer.getConfig();
  const integer = range && typeof config.integer === "number" ? config.integer : null;
  const integerNeeded = integerBitsFor(values, range?.low ?? 0);
  const zerosBefore = values.length - nonzero;
  return {
    layer, tensor, format: String(quantizer), min, max,
    clipped: range && share(clipped),
    saturated: range && quantizer.bits > 2 ? share(saturated) : null,
    zeros: share(zeros),
    levelsUsed: countLevels(values, quantizer, quantized, shape),
    levels: levelsOf(quantizer),
    integer, integerNeeded,
    integerWanted: range && integer !== null && clipped > 0
      ? bestInteger(values, quantizer, range.low, integer, Math.max(integerNeeded ?? integer, integer))
      : integer,
    quantizer, step: range?.step ?? null, high: range?.high ?? null, rms: Math.sqrt(share(squares)),
    roundedToZero: nonzero === 0 ? 0 : Math.max(zeros - zerosBefore, 0) / nonzero,
  };
}
