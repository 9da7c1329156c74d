import { createRandom } from "../data/random.js";
import type { Random } from "../data/random.js";
import { checkBits, checkFactor, checkInteger, checkNegativeSlope } from "./checkArguments.js";
import type { NumberFormat } from "./numberFormat.js";
import { mixNoise } from "./mixNoise.js";
import { Quantizer } from "./quantizer.js";
import type { QuantizedCodes } from "./quantizer.js";
import { roundHalfToEven } from "./roundHalfToEven.js";
import { stochasticRounding } from "./stochasticRounding.js";

/** What `quantizedRelu` takes beside the numbers of bits. */
export interface QuantizedReluOptions {
  /** Bring the input through a hard sigmoid before quantizing. Default false. */
  useSigmoid?: boolean | 0 | 1;
  /** Slope below zero, 0 or a power of two; one bit is then spent on the sign. Default 0. */
  negativeSlope?: number;
  /**
   * Round up or down at random while a network trains, so that the mean is right. As in QKeras that is to multiples of
   * half the last bit, so the values lie on a grid twice as fine as the format's. Default false.
   */
  useStochasticRounding?: boolean | 0 | 1;
  /** What the random numbers follow from, a whole number. Default 0. */
  seed?: number;
  /** Upper bound of the ReLU when `isQuantizedClip` is false. Default null, none. */
  reluUpperBound?: number | null;
  /** Stop the gradient above the largest value of the format. Default true. */
  isQuantizedClip?: boolean;
  /** Share of the quantization in the output, 0 (none) to 1 (all). Default 1. */
  qnoiseFactor?: number;
  /** Straight-through gradient; without it the gradient is scaled by 1 - qnoiseFactor. Default true. */
  useSte?: boolean;
}

/** See `quantizedRelu`. */
export class QuantizedRelu extends Quantizer {
  readonly className = "quantized_relu";
  readonly bits: number;
  readonly integer: number;
  readonly useSigmoid: boolean | 0 | 1;
  readonly negativeSlope: number;
  readonly useStochasticRounding: boolean;
  readonly seed: number;
  readonly reluUpperBound: number | null;
  readonly isQuantizedClip: boolean;
  readonly qnoiseFactor: number;
  readonly useSte: boolean;
  private readonly random: Random;

  constructor(bits = 8, integer = 0, options: QuantizedReluOptions = {}) {
    super();
    const {
      useSigmoid = 0,
      negativeSlope = 0,
      useStochasticRounding = false,
      seed = 0,
      reluUpperBound = null,
      isQuantizedClip = true,
      qnoiseFactor = 1,
      useSte = true,
    } = options;
    checkBits("quantized_relu", bits);
    checkInteger("quantized_relu", integer);
    checkFactor("quantized_relu", "qnoise_factor", qnoiseFactor);
    checkNegativeSlope("quantized_relu", negativeSlope);
    this.bits = bits;
    this.integer = integer;
    this.useSigmoid = useSigmoid;
    this.negativeSlope = negativeSlope;
    this.useStochasticRounding = Boolean(useStochasticRounding);
    this.seed = seed;
    this.random = createRandom(seed);
    this.reluUpperBound = reluUpperBound;
    this.isQuantizedClip = isQuantizedClip;
    this.qnoiseFactor = qnoiseFactor;
    this.useSte = useSte;
  }

  /** 2 to the number of bits without the sign. */
  private get levels(): number {
    return 2 ** (this.bits - Number(this.negativeSlope !== 0));
  }

  /** The unquantized ReLU, whose gradient is used: clipped at the format's largest value or the bound. */
  private get ceiling(): number {
    if (this.isQuantizedClip) return 2 ** this.integer * (1 - 1 / this.levels);
    return this.reluUpperBound ?? Infinity;
  }

  override get isStochastic(): boolean {
    return this.useStochasticRounding;
  }

  quantize(x: Float32Array): Float32Array {
    return this.mixed(x, roundHalfToEven);
  }

  override quantizeInTraining(x: Float32Array): Float32Array {
    return this.mixed(x, this.isStochastic ? stochasticRounding(this.random, 0.5) : roundHalfToEven);
  }

  private mixed(x: Float32Array, round: (units: number) => number): Float32Array {
    const q = x.map((value) => this.onGrid(value, round));
    if (this.qnoiseFactor === 1) return q;
    const relu = x.map((value) => Math.min(value > 0 ? value : value * this.negativeSlope, this.ceiling));
    return mixNoise(relu, q, this.qnoiseFactor, this.useSte);
  }

  private onGrid(x: number, round: (units: number) => number = roundHalfToEven): number {
    const m = this.levels;
    const unit = 2 ** this.integer;
    const slope = this.negativeSlope;
    let q: number;
    if (this.useSigmoid) {
      const sigmoid = Math.min(Math.max(Math.fround(Math.fround(0.5 * (x / unit)) + 0.5), 0), 1);
      const p = sigmoid * m;
      q = unit * Math.min(Math.max((2 * round(p)) / m - 1, 0), 1 - 1 / m);
      if (slope > 0) {
        q += unit * slope * Math.min(Math.max((2 * round(p * slope)) / (slope * m) - 1, -1), 0);
      }
    } else {
      const p = (x * m) / unit;
      q = unit * Math.min(Math.max(round(p) / m, 0), 1 - 1 / m);
      if (slope > 0) q += unit * slope * Math.min(Math.max(round(p * slope) / (slope * m), -1), 0);
    }
    const bound = this.reluUpperBound;
    return bound && !this.isQuantizedClip && q > bound ? bound : q;
  }

  /** 1 between 0 and the ceiling, the negative slope at 0 and below, 0 above the ceiling. */
  slope(x: Float32Array): Float32Array {
    const { ceiling, negativeSlope } = this;
    const factor = this.useSte ? 1 : 1 - this.qnoiseFactor;
    return x.map((value) => (value > ceiling ? 0 : value > 0 ? factor : negativeSlope * factor));
  }

  override get format(): NumberFormat {
    const unusual = this.isStochastic || this.useSigmoid || this.negativeSlope !== 0 || this.qnoiseFactor !== 1 || !this.useSte;
    if (unusual || (!this.isQuantizedClip && this.reluUpperBound !== null)) return super.format;
    const { levels, ceiling } = this;
    return { kind: "fixedPoint", step: 2 ** this.integer / levels, low: 0, high: levels - 1, alpha: 1, ceiling };
  }

  encode(x: Float32Array): QuantizedCodes {
    if (this.reluUpperBound !== null && !this.isQuantizedClip) {
      throw new RangeError(`${this} with relu_upper_bound ${this.reluUpperBound} is not a grid of one step; use is_quantized_clip=True.`);
    }
    // Both sides of zero lie on one grid: the slope is a power of two and rounding comes after it.
    const step = 2 ** this.integer / this.levels;
    const codes = Int32Array.from(x, (value) => Math.round(this.onGrid(value) / step));
    return { codes, step: Float32Array.of(step), stepShape: [], bits: this.bits, signed: this.negativeSlope !== 0 };
  }

  max(): number {
    return this.levels > 1 ? Math.max(1, 2 ** this.integer) : 1;
  }

  min(): number {
    if (this.negativeSlope === 0) return 0;
    return this.levels > 1 ? Math.min(-0, -this.negativeSlope * 2 ** this.integer) : -1;
  }

  /**
   * All values of the format, ascending.
   *
   * @throws {RangeError} With a sigmoid or a negative slope: QKeras has no answer there.
   */
  range(): Float32Array {
    if (this.useSigmoid || this.negativeSlope !== 0) {
      throw new RangeError(`range() is defined without use_sigmoid and negative_slope, not for ${this}.`);
    }
    return Float32Array.from({ length: 2 ** this.bits }, (_, code) => code * 2 ** (this.integer - this.bits));
  }

  getConfig(): Record<string, unknown> {
    return {
      bits: this.bits,
      integer: this.integer,
      use_sigmoid: this.useSigmoid,
      negative_slope: this.negativeSlope,
      use_stochastic_rounding: this.useStochasticRounding,
      relu_upper_bound: this.reluUpperBound,
      qnoise_factor: this.qnoiseFactor,
      // QKeras leaves the first two out and loses them, and has no seed; here they are said when they are not the defaults.
      ...(!this.isQuantizedClip && { is_quantized_clip: false }),
      ...(!this.useSte && { use_ste: false }),
      ...(this.seed !== 0 && { seed: this.seed }),
    };
  }

  toString(): string {
    const parts = [`${this.bits}`, `${this.integer}`];
    if (this.useSigmoid || this.useStochasticRounding) parts.push(`${Number(this.useSigmoid)}`);
    if (this.negativeSlope) parts.push(`${this.negativeSlope}`);
    if (this.useStochasticRounding) parts.push("1");
    if (this.seed !== 0) parts.push(`seed=${this.seed}`);
    return `quantized_relu(${parts.join(",")})`;
  }
}

/**
 * ReLU with a fixed-point output: no sign, `integer` bits before the point, the rest behind it.
 *
 * `q = clip(round(x / lsb), 0, 2^bits - 1) * lsb` where `lsb = 2^(integer - bits)` and halves are rounded
 * to even. The gradient is 1 between 0 and the largest value, 0 elsewhere (below zero: the negative
 * slope). Matches `qkeras.quantized_relu` 0.9.0.
 *
 * @param bits Bits of a number, 1 to 32. Default 8.
 * @param integer Bits before the binary point; may be negative. Default 0.
 * @param options See `QuantizedReluOptions`.
 * @throws {RangeError} When a value is out of range.
 * @example
 * quantizedRelu(2, 0).apply(tf.tensor1d([-1, 0.3, 9])).dataSync(); // [0, 0.25, 0.75]
 */
export function quantizedRelu(bits = 8, integer = 0, options: QuantizedReluOptions = {}): QuantizedRelu {
  return new QuantizedRelu(bits, integer, options);
}
