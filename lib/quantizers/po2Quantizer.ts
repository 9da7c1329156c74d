import { EPSILON } from "./autoScale.js";
import { checkFactor } from "./checkArguments.js";
import { log2 } from "./log2.js";
import { Quantizer } from "./quantizer.js";
import type { QuantizedCodes } from "./quantizer.js";
import { roundHalfToEven } from "./roundHalfToEven.js";

/** What `quantizedPo2` and `quantizedReluPo2` take in common. */
export interface Po2Options {
  /**
   * Magnitudes are clipped here before they are rounded, and if it is at most 1 the exponent spends no bit
   * on its sign. Default null, no clipping.
   */
  maxValue?: number | null;
  /** Only even exponents, so that values have square roots that are powers of two. Default false. */
  quadraticApproximation?: boolean | 0 | 1;
  /** How the logarithm becomes an exponent: "rnd", halves to even, or "floor". Default "rnd". */
  log2Rounding?: "rnd" | "floor";
  /** Share of the quantization in the output, 0 (none) to 1 (all). Default 1. */
  qnoiseFactor?: number;
  /** Straight-through gradient; without it the gradient is scaled by 1 - qnoiseFactor. Default true. */
  useSte?: boolean;
}

// TensorFlow takes subnormal numbers, below 2^-126, for 0; 2^128 is infinite in float32.
const LEAST_EXPONENT = -127;
const POWERS = Float32Array.from({ length: 256 }, (_, i) => (i === 0 ? 0 : 2 ** (i + LEAST_EXPONENT)));
const powerOf = (exponent: number): number => POWERS[Math.min(Math.max(exponent, LEAST_EXPONENT), 128) - LEAST_EXPONENT];

/** Powers of two, told apart by their exponents: what the two formats of them have in common. */
export abstract class Po2Quantizer extends Quantizer {
  readonly bits: number;
  readonly maxValue: number | null;
  readonly quadraticApproximation: boolean;
  readonly log2Rounding: "rnd" | "floor";
  readonly qnoiseFactor: number;
  readonly useSte: boolean;
  /** Smallest and largest exponent, before the quadratic approximation doubles them; below 1e-7 nothing is doubled. */
  protected readonly minExponent: number;
  protected readonly maxExponent: number;
  /** maxValue in float32, or infinity. */
  protected readonly limit: number;

  /** @param signBits Bits that values spend on their own sign. */
  constructor(name: string, bits: number, options: Po2Options, signBits: 0 | 1) {
    super();
    const { maxValue = null, quadraticApproximation = false, log2Rounding = "rnd", qnoiseFactor = 1, useSte = true } = options;
    if (maxValue !== null && !(maxValue > 0)) {
      throw new RangeError(`${name}: expected max_value to be a number above 0 or null but found ${maxValue}.`);
    }
    const exponentSignBits = maxValue === null || maxValue > 1 ? 1 : 0;
    const least = Math.max(signBits + exponentSignBits, 1);
    if (!Number.isInteger(bits) || bits < least || bits > 32) {
      throw new RangeError(`${name}: expected bits to be a whole number from ${least} to 32 but found ${bits}.`);
    }
    if (log2Rounding !== "rnd" && log2Rounding !== "floor") {
      throw new RangeError(`${name}: expected log2_rounding to be "rnd" or "floor" but found "${String(log2Rounding)}".`);
    }
    checkFactor(name, "qnoise_factor", qnoiseFactor);
    this.bits = bits;
    this.maxValue = maxValue;
    this.quadraticApproximation = Boolean(quadraticApproximation);
    this.log2Rounding = log2Rounding;
    this.qnoiseFactor = qnoiseFactor;
    this.useSte = useSte;
    const exponents = 2 ** (bits - signBits - exponentSignBits);
    this.minExponent = -exponents;
    this.maxExponent = this.quadraticApproximation ? 2 * Math.floor((exponents - 1) / 2) : exponents - 1;
    this.limit = Math.fround(maxValue ?? Infinity);
  }

  /** Exponent of the power of two for a magnitude (QKeras: `_clip_power_of_two`). */
  protected exponent(magnitude: number): number {
    if (magnitude < EPSILON) return this.minExponent;
    const clipped = magnitude >= this.limit ? this.limit : magnitude;
    const logarithm = log2(this.quadraticApproximation ? Math.fround(Math.sqrt(clipped)) : clipped);
    const rounded = this.log2Rounding === "floor" ? Math.floor(logarithm) : roundHalfToEven(logarithm);
    const exponent = Math.min(Math.max(rounded, this.minExponent), this.maxExponent);
    return this.quadraticApproximation ? 2 * exponent : exponent;
  }

  /** The power of two for a magnitude, which may be NaN. */
  protected power(magnitude: number): number {
    return powerOf(this.exponent(magnitude));
  }

  /** Value of the format for a number. */
  protected abstract onGrid(x: number): number;

  /** Whether the format has negative values. */
  protected abstract readonly signed: boolean;

  /** A number whose value has the sign given and the exponent of the magnitude given. */
  protected abstract preimage(magnitude: number, isNegative: boolean): number;

  /** Smallest and largest exponent that occur. */
  private exponentRange(): [number, number] {
    const { minExponent } = this;
    return [Math.min(minExponent, this.exponent(EPSILON)), Math.max(minExponent, this.exponent(Infinity))];
  }

  /**
   * A value is its sign times 2^k steps, where the step is the smallest power of two of the format.
   *
   * @throws {RangeError} When the largest value is more than 2^30 times the smallest.
   */
  encode(x: Float32Array): QuantizedCodes {
    const [lowest, highest] = this.exponentRange();
    if (highest - lowest > 30) {
      throw new RangeError(
        `Expected ${this} to have exponents that differ by at most 30, to be stored as integers, ` +
          `but found ${lowest} to ${highest}; take fewer bits.`,
      );
    }
    const step = 2 ** lowest;
    const codes = new Int32Array(x.length);
    for (let i = 0; i < x.length; i++) codes[i] = this.onGrid(x[i]) / step;
    const bits = highest - lowest + 1 + Number(this.signed);
    return { codes, step: Float32Array.of(step), stepShape: [], bits, signed: this.signed };
  }

  /**
   * Values of the format, or numbers near them where these would go elsewhere: below 1e-7 there is only the
   * smallest value, and "floor" takes 2^15, whose logarithm comes out as 14.999999, for 2^14.
   */
  override decode({ codes }: QuantizedCodes): Float32Array {
    const [lowest, highest] = this.exponentRange();
    const magnitudes = Array.from({ length: highest - lowest + 1 }, (_, i) => {
      const exponent = lowest + i;
      const candidates = [powerOf(exponent), 1.25 * powerOf(exponent), EPSILON, EPSILON / 2];
      return candidates.find((magnitude) => this.exponent(magnitude) === exponent) ?? candidates[0];
    });
    return Float32Array.from(codes, (code) => {
      const power = Math.max(31 - Math.clz32(Math.abs(code)), 0);
      return this.preimage(magnitudes[Math.min(power, magnitudes.length - 1)], code < 0);
    });
  }

  max(): number {
    return Math.max(1, this.maxValue ?? 2 ** this.maxExponent);
  }

  /** The part of the config that both formats have, in QKeras's order. */
  protected commonConfig(): Record<string, unknown> {
    return {
      use_stochastic_rounding: false,
      quadratic_approximation: this.quadraticApproximation,
      qnoise_factor: this.qnoiseFactor,
      log2_rounding: this.log2Rounding,
      // QKeras leaves it out and loses it; here it is said when it is not the default.
      ...(!this.useSte && { use_ste: false }),
    };
  }
}
