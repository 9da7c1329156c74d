import { createRandom } from "../data/random.js";
import type { Random } from "../data/random.js";
import { leastSquaresPowerOfTwo, maxScale, scaleGroups, symmetricLevels } from "./autoScale.js";
import type { ScaleGroups } from "./autoScale.js";
import { checkAlpha, checkBits, checkFactor, checkInteger } from "./checkArguments.js";
import type { NumberFormat } from "./numberFormat.js";
import { mixNoise } from "./mixNoise.js";
import { Quantizer } from "./quantizer.js";
import type { QuantizedCodes } from "./quantizer.js";
import { roundHalfToEven } from "./roundHalfToEven.js";
import { stochasticRounding } from "./stochasticRounding.js";

/** What `quantizedBits` takes beside the numbers of bits. */
export interface QuantizedBitsOptions {
  /** Leave out the most negative value, so that the grid is symmetric. Default false. */
  symmetric?: boolean | 0 | 1;
  /** Spend one bit on the sign. Default true. */
  keepNegative?: boolean;
  /**
   * Factor on the grid: null (1, but QDense turns it into "auto_po2" for a kernel), a number, "auto"
   * (a scale a channel from the largest weight) or "auto_po2" (the best power of two). Default null.
   */
  alpha?: number | "auto" | "auto_po2" | null;
  /**
   * Round up or down at random while a network trains, so that the mean is right; with an automatic alpha and with one
   * bit it changes nothing. Default false.
   */
  useStochasticRounding?: boolean | 0 | 1;
  /** What the random numbers follow from, a whole number. Default 0. */
  seed?: number;
  /** Axis that keeps a scale of its own when alpha is automatic. Default the last. */
  scaleAxis?: number | null;
  /** Share of the quantization in the output, 0 (none) to 1 (all). Default 1. */
  qnoiseFactor?: number;
  /** Straight-through gradient of 1; without it the gradient is 1 - qnoiseFactor. Default true. */
  useSte?: boolean;
}

/** See `quantizedBits`. */
export class QuantizedBits extends Quantizer {
  readonly className: string = "quantized_bits";
  readonly bits: number;
  readonly integer: number;
  readonly symmetric: boolean | 0 | 1;
  readonly keepNegative: boolean;
  readonly alpha: number | "auto" | "auto_po2" | null;
  readonly useStochasticRounding: boolean;
  readonly seed: number;
  readonly scaleAxis: number | null;
  readonly qnoiseFactor: number;
  readonly useSte: boolean;
  private readonly random: Random;

  /** @param name What errors call the quantizer. */
  constructor(bits = 8, integer = 0, options: QuantizedBitsOptions = {}, name = "quantized_bits") {
    super();
    const { symmetric = 0, keepNegative = true, alpha = null, scaleAxis = null, qnoiseFactor = 1, useSte = true } = options;
    const { useStochasticRounding = false, seed = 0 } = options;
    checkBits(name, bits);
    checkInteger(name, integer);
    checkFactor(name, "qnoise_factor", qnoiseFactor);
    checkAlpha(name, alpha);
    if (typeof alpha === "string" && bits < 2) {
      throw new RangeError(`${name}: alpha "${alpha}" needs at least 2 bits but found ${bits}; binary() is the 1-bit format.`);
    }
    this.bits = bits;
    this.integer = integer;
    this.symmetric = typeof alpha === "string" ? true : symmetric;
    this.keepNegative = keepNegative;
    this.alpha = alpha;
    this.useStochasticRounding = Boolean(useStochasticRounding);
    this.seed = seed;
    this.random = createRandom(seed);
    this.scaleAxis = scaleAxis;
    this.qnoiseFactor = qnoiseFactor;
    this.useSte = useSte;
  }

  /** 2 to the number of bits without the sign: how many levels there are on the positive side. */
  private get unsignedLevels(): number {
    return 2 ** (this.bits - Number(this.keepNegative));
  }

  /** Distance between neighbouring values before alpha: the weight of the last bit. */
  private get resolution(): number {
    return 2 ** this.integer / this.unsignedLevels;
  }

  override get isStochastic(): boolean {
    return this.useStochasticRounding && typeof this.alpha !== "string" && this.unsignedLevels > 1;
  }

  quantize(x: Float32Array, shape: readonly number[]): Float32Array {
    return this.mixed(x, shape, roundHalfToEven);
  }

  override quantizeInTraining(x: Float32Array, shape: readonly number[]): Float32Array {
    return this.mixed(x, shape, this.isStochastic ? stochasticRounding(this.random, 1) : roundHalfToEven);
  }

  private mixed(x: Float32Array, shape: readonly number[], round: (units: number) => number): Float32Array {
    const q = typeof this.alpha === "string" ? this.automatic(x, shape) : this.fixed(x, this.alpha ?? 1, round);
    return mixNoise(x, q, this.qnoiseFactor, this.useSte);
  }

  private fixed(x: Float32Array, alpha: number, round: (units: number) => number): Float32Array {
    this.scale = alpha;
    const q = new Float32Array(x.length);
    const { resolution } = this;
    const binary = this.unsignedLevels === 1;
    const factor = Math.fround(alpha);
    for (let i = 0; i < x.length; i++) {
      q[i] = factor * (binary ? this.signCode(x[i]) : Math.fround(this.code(x[i] / resolution, round) * resolution));
    }
    return q;
  }

  /** Integer code of a value given in units of the last bit: rounded, half to even if nothing else is said, then clipped. */
  private code(units: number, round: (units: number) => number = roundHalfToEven): number {
    const lowest = this.keepNegative ? -this.unsignedLevels + Number(this.symmetric) : 0;
    return Math.min(Math.max(round(units), lowest), this.unsignedLevels - 1);
  }

  /** One bit has no room for a magnitude: only the sign is kept, zero counts as positive. */
  private signCode(x: number): number {
    const sign = x < 0 ? -1 : 1;
    return this.keepNegative ? sign : (sign + 1) / 2;
  }

  private automatic(x: Float32Array, shape: readonly number[]): Float32Array {
    const { z, groups, step } = this.fit(x, shape);
    this.scale = step.map((s) => s / this.resolution);
    const q = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) q[i] = z[i] * step[groups.groupOf(i)];
    return q;
  }

  /** Levels and steps of alpha "auto" and "auto_po2". */
  private fit(x: Float32Array, shape: readonly number[]): { z: Float32Array; groups: ScaleGroups; step: Float32Array } {
    const levels = (2 ** (this.bits - 1) - 1) * 2;
    const unit = 2 ** this.integer;
    const normalized = x.map((value) => value / unit);
    const channels = scaleGroups(shape, this.scaleAxis);
    const { scale, groups } =
      this.alpha === "auto"
        ? { scale: maxScale(normalized, channels, levels), groups: channels }
        : leastSquaresPowerOfTwo(normalized, channels, levels, shape.length <= 1);
    return { z: symmetricLevels(normalized, groups, scale, levels), groups, step: scale.map((s) => s * unit) };
  }

  /** 1 everywhere, beyond the clipping range too (QKeras stops the gradient of the difference only). */
  slope(_x: Float32Array): Float32Array | number {
    return this.useSte ? 1 : 1 - this.qnoiseFactor;
  }

  override get format(): NumberFormat {
    const { alpha, keepNegative, unsignedLevels, scaleAxis } = this;
    const unusual = this.isStochastic || this.qnoiseFactor !== 1 || !this.useSte || (scaleAxis !== null && scaleAxis !== 1);
    if (unusual) return super.format;
    if (typeof alpha === "string") {
      return { kind: "autoScale", unit: 2 ** this.integer, levels: 2 ** this.bits - 2, powerOfTwo: alpha === "auto_po2" };
    }
    const factor = alpha ?? 1;
    if (unsignedLevels === 1) return { kind: "sign", low: keepNegative ? -factor : 0, high: factor };
    const low = keepNegative ? -unsignedLevels + Number(this.symmetric) : 0;
    return { kind: "fixedPoint", step: this.resolution, low, high: unsignedLevels - 1, alpha: factor, ceiling: null };
  }

  encode(x: Float32Array, shape: readonly number[]): QuantizedCodes {
    if (typeof this.alpha === "string") {
      const { z, groups, step } = this.fit(x, shape);
      return { codes: Int32Array.from(z), step, stepShape: groups.shape, bits: this.bits, signed: true };
    }
    const binary = this.unsignedLevels === 1;
    const { resolution } = this;
    const codes = Int32Array.from(x, (value) => (binary ? this.signCode(value) : this.code(value / resolution)));
    const step = Float32Array.of((this.alpha ?? 1) * (binary ? 1 : resolution));
    // The two values of a signed bit are -1 and +1, which take two bits in two's complement.
    const bits = binary && this.keepNegative ? 2 : this.bits;
    return { codes, step, stepShape: [], bits, signed: this.keepNegative };
  }

  override decode(quantized: QuantizedCodes, shape: readonly number[]): Float32Array {
    const alpha = this.alpha ?? 1;
    if (typeof alpha === "string") return super.decode(quantized, shape);
    return super.decode({ ...quantized, step: quantized.step.map((step) => step / alpha) }, shape);
  }

  max(): number {
    return this.unsignedLevels > 1 ? Math.max(1, 2 ** this.integer) : 1;
  }

  min(): number {
    if (!this.keepNegative) return 0;
    return this.unsignedLevels > 1 ? -Math.max(1, 2 ** this.integer) : -1;
  }

  /**
   * All values of the format in the order of their binary patterns, so the negative ones come last.
   *
   * @throws {RangeError} When symmetric, unsigned, or alpha is neither null nor 1: QKeras has no answer there.
   */
  range(): Float32Array {
    if (this.symmetric || !this.keepNegative || (this.alpha !== null && this.alpha !== 1)) {
      throw new RangeError(`range() is defined for signed, asymmetric formats with alpha 1 or null, not for ${this}.`);
    }
    const half = 2 ** (this.bits - 1);
    const lsb = 2 ** (this.integer + 1 - this.bits);
    return Float32Array.from({ length: 2 * half }, (_, pattern) => (pattern >= half ? pattern - 2 * half : pattern) * lsb);
  }

  getConfig(): Record<string, unknown> {
    return {
      bits: this.bits,
      integer: this.integer,
      symmetric: this.symmetric,
      alpha: this.alpha,
      keep_negative: this.keepNegative,
      use_stochastic_rounding: this.useStochasticRounding,
      qnoise_factor: this.qnoiseFactor,
      // QKeras leaves the first two out and loses them, and has no seed; here they are said when they are not the defaults.
      ...(this.scaleAxis !== null && { scale_axis: this.scaleAxis }),
      ...(!this.useSte && { use_ste: false }),
      ...(this.seed !== 0 && { seed: this.seed }),
    };
  }

  /** The quantizer in QKeras's notation, with a subclass's own arguments after the first three. */
  protected print(...own: string[]): string {
    const parts = [`${this.bits}`, `${this.integer}`, `${Number(this.symmetric)}`, ...own];
    if (!this.keepNegative) parts.push("keep_negative=False");
    if (this.alpha !== null) parts.push(`alpha=${typeof this.alpha === "string" ? `'${this.alpha}'` : this.alpha}`);
    if (this.useStochasticRounding) parts.push("use_stochastic_rounding=1");
    if (this.seed !== 0) parts.push(`seed=${this.seed}`);
    return `${this.className}(${parts.join(",")})`;
  }

  toString(): string {
    return this.print();
  }

  /** The options of the same quantizer with another alpha. */
  protected withAlpha(alpha: "auto_po2"): QuantizedBitsOptions {
    const { keepNegative, useStochasticRounding, seed, scaleAxis, qnoiseFactor, useSte } = this;
    return { alpha, keepNegative, useStochasticRounding, seed, scaleAxis, qnoiseFactor, useSte };
  }

  override asKernelQuantizer(): QuantizedBits {
    if (this.alpha !== null || this.bits < 2) return this;
    return new QuantizedBits(this.bits, this.integer, this.withAlpha("auto_po2"));
  }
}

/**
 * Fixed-point numbers: a sign, `integer` bits before the point, the rest behind it.
 *
 * With numeric alpha, `q = alpha * clip(round(x / lsb), -2^(bits-1), 2^(bits-1) - 1) * lsb` where
 * `lsb = 2^(integer + 1 - bits)` and halves are rounded to even; the gradient is 1 everywhere. With alpha
 * "auto" or "auto_po2" the grid is symmetric, each output channel has its own scale and halves are
 * rounded away from zero. Matches `qkeras.quantized_bits` 0.9.0.
 *
 * @param bits Bits of a number, 1 to 32, the sign included. Default 8.
 * @param integer Bits before the binary point, the sign not counted; may be negative. Default 0.
 * @param options See `QuantizedBitsOptions`.
 * @throws {RangeError} When a value is out of range.
 * @example
 * const q = quantizedBits(4, 0, { alpha: 1 }); // -1, -0.875, …, 0.875
 * q.apply(tf.tensor1d([0.3, 2, -2])).dataSync(); // [0.25, 0.875, -1]
 */
export function quantizedBits(bits = 8, integer = 0, options: QuantizedBitsOptions = {}): QuantizedBits {
  return new QuantizedBits(bits, integer, options);
}
