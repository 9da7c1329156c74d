import type { Ending } from "../network/logitLayers.js";

/**
 * A network that computes in integers, as plain data: it can be sent to a worker or written down, and translated into
 * another language. `interpretProgram` says in one page what it means.
 */
export interface IntegerProgram {
  /** Numbers in one sample. */
  inputs: number;
  /** What a number of a sample becomes: the only rounding of a real number that there is. */
  input: IntegerFormat;
  /** A chain; the codes that one layer puts out are the input of the next. */
  layers: IntegerLayer[];
  /** What turned logits into probabilities. It is left out: the order of classes is that of the logits. */
  activation: Ending;
}

/**
 * Numbers as integers: a code stands for the value `scale · (code - zeroPoint) · 2^-fractionBits`. What a value x becomes is
 * another thing for each kind:
 *
 * - `fixedPoint`: `clip(round(x · 2^fractionBits), low, high)`, halves to even (quantized_bits and quantized_relu; QKeras
 *   rounds first and multiplies by alpha, here `scale`, afterwards).
 * - `affine`: `clip(zeroPoint + round(x / scale), low, high)`, halves away from zero, the quotient in float32
 *   (quantized_affine, TFLite's int8).
 */
export interface IntegerFormat {
  kind: "fixedPoint" | "affine";
  /** Bits of a code, the sign included: 1 to 32, without a sign to 31, of affine codes to 16. */
  bits: number;
  /** Whether codes can be negative (two's complement). */
  signed: boolean;
  /** Bits behind the binary point; may be negative. 0 of affine codes. */
  fractionBits: number;
  /** Factor on the grid, above 0: alpha of a fixed-point format, the scale of an affine one, float32. */
  scale: number;
  /** The code of 0, from `low` to `high`; 0 of fixed-point codes. */
  zeroPoint: number;
  /** Smallest code. A ReLU is a format whose smallest code is the zero point. */
  low: number;
  /** Largest code. */
  high: number;
}

/** `y = requantize((x · weights) · 2^sumShifts + bias)`, everything an integer. */
export interface IntegerLayer {
  /** Name of the layer it was made from. */
  name: string;
  inputs: number;
  units: number;
  /** Bits of a weight's code, the sign included. */
  weightBits: number;
  /** [inputs, units], row-major, in the shortest kind of array that holds `weightBits`. */
  weights: Int8Array | Int16Array | Int32Array;
  /** What a weight of code 1 stands for, for each unit: [units]. */
  weightSteps: Float64Array;
  /**
   * By how many bits the sum is shifted to the left before the bias is added, for each unit: [units]. 0 but where the
   * bias has bits behind the last one of the sum.
   */
  sumShifts: Int32Array;
  /**
   * Whole numbers in units of the accumulator: [units]. What the zero point of the input adds to a sum is taken off here:
   * `Σ (x - zeroPoint) · weight + b = Σ x · weight + bias` where `bias = b - zeroPoint · Σ weight`.
   */
  bias: Float64Array;
  /** What an accumulator of 1 stands for, for each unit: [units]. */
  steps: Float64Array;
  /** What the accumulator can hold. */
  accumulator: AccumulatorRange;
  /** How accumulators become codes; null in a last layer whose accumulators are the logits. */
  output: { format: IntegerFormat; requantization: Requantization } | null;
}

/**
 * Between which whole numbers a layer's accumulators stay, whatever the input, after each addition and in whatever order
 * products are added up: the worst case of the layer's very weights.
 */
export interface AccumulatorRange {
  low: number;
  high: number;
  /** Bits of a two's complement number that holds both: 32 is what int32 has. */
  bits: number;
}

/**
 * The factor from an accumulator to a code less its zero point, for each unit.
 *
 * - `shift`, where all factors are powers of two: `round(sum / 2^shift)`, halves as the format of the output has it, -30
 *   to 62.
 * - `multiplier`: `floor(sum · multiplier / 2^shift + 1/2)`, a multiplier of 31 bits, shift 17 to 62 (TensorFlow Lite's
 *   `MultiplyByQuantizedMultiplier` with single rounding, halves upwards; after Jacob et al. 2018, arXiv:1712.05877).
 */
export type Requantization =
  | { kind: "shift"; shifts: Int32Array }
  | { kind: "multiplier"; multipliers: Int32Array; shifts: Int32Array };

/** Exact outputs of a network before softmax or sigmoid. */
export interface IntegerLogits {
  /** Row after row: [samples * outputs], in double precision, which holds each of them exactly. */
  values: Float64Array;
  /** Samples and outputs. */
  shape: [number, number];
}
