import { scaleGroups, singleGroups } from "./autoScale.js";
import type { ScaleGroups } from "./autoScale.js";
import type { NumberFormat } from "./numberFormat.js";
import { Quantizer } from "./quantizer.js";
import type { QuantizedCodes } from "./quantizer.js";
import { roundHalfAwayFromZero } from "./roundHalfAwayFromZero.js";

/** Codes of an affine format, and the value of each: `value = scale * (code - zeroPoint)`. */
export interface AffineParameters {
  /** Distance of neighbouring values, float32, above 0. */
  scale: number;
  /** The code of 0. */
  zeroPoint: number;
  /** Smallest and largest code. */
  lowest: number;
  highest: number;
}

/** What an affine format takes beside its range. */
export interface AffineFormat {
  /** Bits of a code, 2 to 32, without a sign to 31. Default 8. */
  bits?: number;
  /** Codes in two's complement instead of from 0 on. Default true. */
  signed?: boolean;
  /** Zero point in the middle and as many values above 0 as below; the lowest code is left out. Default false. */
  symmetric?: boolean;
}

/** What `quantizedAffine` takes: a range, or scale and zero point, or neither: the range of the numbers at each call. */
export interface QuantizedAffineOptions extends AffineFormat {
  /** Axis of the channels, each with a range of its own; null for one range. Default null. */
  axis?: number | null;
  /** Smallest number of the range; with an axis one a channel, or one for all. Default null. */
  min?: number | readonly number[] | null;
  /** Largest number of the range, beside min. Default null. */
  max?: number | readonly number[] | null;
  /** Distance of neighbouring values, above 0, instead of a range. Default null. */
  scale?: number | readonly number[] | null;
  /** Code of 0, beside scale; with an axis one a channel, or one for all. Default null. */
  zeroPoint?: number | readonly number[] | null;
}

const NAME = "quantized_affine";
const list = (value: number | readonly number[] | null): readonly number[] => (value === null ? [] : typeof value === "number" ? [value] : value);

/** Smallest, middle and largest code of a format. */
function codeRange({ bits = 8, signed = true, symmetric = false }: AffineFormat): { lowest: number; middle: number; highest: number } {
  const middle = signed ? 0 : 2 ** (bits - 1);
  return { lowest: middle - 2 ** (bits - 1) + Number(symmetric), middle, highest: middle + 2 ** (bits - 1) - 1 };
}

/**
 * Scale and zero point of a range, such that 0 is a value: the range is widened to hold 0, and its ends are moved by
 * at most half a step so that 0 falls on a code (TFLite; TensorFlow: `Nudge`). A range of 0 alone has the scale 1.
 *
 * @param min Smallest number that should have a value.
 * @param max Largest number that should have one, min or above.
 * @throws {RangeError} When the two are not finite or in the wrong order.
 * @example affineParameters(-1, 3, { bits: 8 }); // {scale: 0.01568…, zeroPoint: -64, lowest: -128, highest: 127}
 */
export function affineParameters(min: number, max: number, format: AffineFormat = {}): AffineParameters {
  if (!(min <= max && Number.isFinite(min) && Number.isFinite(max))) {
    throw new RangeError(`${NAME}: expected min and max to be finite, min at most max, but found ${min} and ${max}.`);
  }
  const { lowest, middle, highest } = codeRange(format);
  const [low, high] = [Math.min(min, 0), Math.max(max, 0)];
  const width = format.symmetric ? Math.max(-low, high) / (highest - middle) : (high - low) / (highest - lowest);
  // Where float32 has no such small step there is none: all is 0.
  const scale = Math.fround(width) || 1;
  const zeroPoint = format.symmetric ? middle : Math.min(Math.max(roundHalfAwayFromZero(lowest - low / scale), lowest), highest);
  return { scale, zeroPoint, lowest, highest };
}

/** The number nearest to `most` steps that has this step as its `most`-th part; float32 arithmetic can miss it by one. */
function largestOf(step: number, most: number): number {
  const product = Math.fround(step * most);
  const next = 2 ** (Math.floor(Math.log2(product)) - 23);
  return [product, product + next, product - next].find((value) => Math.fround(value / most) === step) ?? product;
}

/** See `quantizedAffine`. */
export class QuantizedAffine extends Quantizer {
  readonly className: string = NAME;
  readonly bits: number;
  readonly signed: boolean;
  readonly symmetric: boolean;
  readonly axis: number | null;
  /** Code of 0 of the last `apply` or `quantize`, one number a channel. */
  zeroPoint: Int32Array = new Int32Array(1);
  private readonly given: Required<Pick<QuantizedAffineOptions, "min" | "max" | "scale" | "zeroPoint">>;
  /** One a channel, or one for all; null where the numbers decide. */
  private readonly fixed: AffineParameters[] | null;

  constructor(options: QuantizedAffineOptions = {}) {
    super();
    const { bits = 8, signed = true, symmetric = false, axis = null, min = null, max = null, scale = null, zeroPoint = null } = options;
    const most = signed ? 32 : 31;
    if (!Number.isInteger(bits) || bits < 2 || bits > most) {
      throw new RangeError(`${NAME}: expected bits to be a whole number from 2 to ${most} but found ${bits}.`);
    }
    if (axis !== null && (!Number.isInteger(axis) || axis < 0)) {
      throw new RangeError(`${NAME}: expected axis to be null or a whole number from 0 but found ${axis}.`);
    }
    this.bits = bits;
    this.signed = Boolean(signed);
    this.symmetric = Boolean(symmetric);
    this.axis = axis;
    this.given = { min, max, scale, zeroPoint };
    this.fixed = this.fix();
  }

  /** The parameters that the options determine. */
  private fix(): AffineParameters[] | null {
    const { min, max, scale, zeroPoint } = this.given;
    const isRange = min !== null || max !== null;
    const first = list(isRange ? min : scale);
    const isForAll = !isRange && typeof zeroPoint === "number" && first.length > 0;
    const second = isForAll ? first.map(() => zeroPoint) : list(isRange ? max : zeroPoint);
    if (isRange && (scale !== null || zeroPoint !== null)) {
      throw new RangeError(`${NAME}: expected either min and max or scale and zero_point, but found some of both.`);
    }
    if (first.length !== second.length) {
      throw new RangeError(`${NAME}: expected as many ${isRange ? "min as max" : "scale as zero_point"} but found ${first.length} and ${second.length}.`);
    }
    if (first.length > 1 && this.axis === null) throw new RangeError(`${NAME}: expected an axis for ${first.length} channels.`);
    if (first.length === 0) return null;
    if (isRange) return first.map((low, i) => affineParameters(low, second[i], this));
    const { lowest, middle, highest } = codeRange(this);
    return first.map((step, i) => {
      const zero = second[i];
      if (!(Math.fround(step) > 0 && step < Infinity)) throw new RangeError(`${NAME}: expected scale to be above 0 but found ${step}.`);
      if (!Number.isInteger(zero) || zero < lowest || zero > highest || (this.symmetric && zero !== middle)) {
        const wanted = this.symmetric ? `${middle}` : `a whole number from ${lowest} to ${highest}`;
        throw new RangeError(`${NAME}: expected zero_point to be ${wanted} but found ${zero}.`);
      }
      return { scale: Math.fround(step), zeroPoint: zero, lowest, highest };
    });
  }

  /** Which channel each value belongs to, and the parameters of each channel. */
  private fit(x: Float32Array, shape: readonly number[]): { groups: ScaleGroups; parameters: AffineParameters[] } {
    const groups = this.axis === null ? scaleGroups([], null) : shape.length === 1 && this.axis === 0 ? singleGroups(x.length) : scaleGroups(shape, this.axis);
    const { fixed } = this;
    if (fixed && fixed.length > 1 && fixed.length !== groups.count) {
      throw new RangeError(`${NAME}: expected ${fixed.length} channels on axis ${this.axis} of the shape [${shape}] but found ${groups.count}.`);
    }
    if (fixed) return { groups, parameters: fixed.length === groups.count ? fixed : Array<AffineParameters>(groups.count).fill(fixed[0]) };
    const [low, high] = [new Float64Array(groups.count), new Float64Array(groups.count)];
    x.forEach((value, i) => {
      const group = groups.groupOf(i);
      // Not Math.min: a NaN, or an infinite number, has no part in the range.
      if (value < low[group] && value > -Infinity) low[group] = value;
      if (value > high[group] && value < Infinity) high[group] = value;
    });
    return { groups, parameters: Array.from(low, (min, group) => affineParameters(min, high[group], this)) };
  }

  override get hasAutomaticScale(): boolean {
    return this.fixed === null;
  }

  /** Whether range or scale are given, and the same codes below 0 as above: the form of TFLite's weights. */
  get isFixedSymmetric(): boolean {
    return this.fixed !== null && this.symmetric && this.signed;
  }

  /** The scale of each of so many channels that the options give; null where the numbers decide. */
  scales(channels: number): Float32Array | null {
    const { fixed } = this;
    return fixed && Float32Array.from({ length: channels }, (_, channel) => fixed[fixed.length === 1 ? 0 : channel].scale);
  }

  /** Where the numbers decide a symmetric range, the largest come out such that they decide the same again. */
  override decode(encoded: QuantizedCodes, shape: readonly number[]): Float32Array {
    const values = super.decode(encoded, shape);
    if (this.fixed || !this.symmetric) return values;
    const most = 2 ** (this.bits - 1) - 1;
    const steps = super.decode({ ...encoded, codes: encoded.codes.map(() => 1) }, shape);
    return values.map((value, i) => (Math.abs(encoded.codes[i]) === most ? Math.sign(value) * largestOf(steps[i], most) : value));
  }

  private note(parameters: AffineParameters[]): void {
    this.scale = this.axis === null ? parameters[0].scale : Float32Array.from(parameters, ({ scale }) => scale);
    this.zeroPoint = Int32Array.from(parameters, ({ zeroPoint }) => zeroPoint);
  }

  private code(x: number, { scale, zeroPoint, lowest, highest }: AffineParameters): number {
    return Math.min(Math.max(zeroPoint + roundHalfAwayFromZero(Math.fround(x / scale)), lowest), highest);
  }

  quantize(x: Float32Array, shape: readonly number[]): Float32Array {
    const { groups, parameters } = this.fit(x, shape);
    this.note(parameters);
    return x.map((value, i) => {
      const channel = parameters[groups.groupOf(i)];
      return channel.scale * (this.code(value, channel) - channel.zeroPoint);
    });
  }

  /**
   * The integers that TFLite stores: `value = scale * (code - zeroPoint)`.
   *
   * @param x Values, row-major.
   * @returns One code a value; `scale` and `zeroPoint` then hold those of the call.
   */
  codes(x: Float32Array, shape: readonly number[]): Int32Array {
    const { groups, parameters } = this.fit(x, shape);
    this.note(parameters);
    return Int32Array.from(x, (value, i) => this.code(value, parameters[groups.groupOf(i)]));
  }

  /** 1 within the range, its ends included, 0 beyond. */
  slope(x: Float32Array, shape?: readonly number[]): Float32Array {
    if (!shape && this.axis !== null) throw new TypeError(`${NAME}: the gradient of channels needs the shape of the values.`);
    const { groups, parameters } = this.fit(x, shape ?? [x.length]);
    return x.map((value, i) => {
      const { scale, zeroPoint, lowest, highest } = parameters[groups.groupOf(i)];
      const [low, high] = [Math.fround(scale * (lowest - zeroPoint)), Math.fround(scale * (highest - zeroPoint))];
      return value >= low && value <= high ? 1 : 0;
    });
  }

  /** Codes beyond 16 bits are more than the kernels count with in float32. */
  override get format(): NumberFormat {
    const { fixed, bits } = this;
    if (fixed?.length !== 1 || bits > 16) return super.format;
    const [{ scale, zeroPoint, lowest, highest }] = fixed;
    return { kind: "affine", scale, zeroPoint, low: lowest, high: highest };
  }

  /**
   * Codes less their zero point, which may take one bit more.
   *
   * @throws {RangeError} When they need more than 32 bits.
   */
  encode(x: Float32Array, shape: readonly number[]): QuantizedCodes {
    const { groups, parameters } = this.fit(x, shape);
    const codes = Int32Array.from(x, (value, i) => {
      const channel = parameters[groups.groupOf(i)];
      return this.code(value, channel) - channel.zeroPoint;
    });
    const lowest = Math.min(...parameters.map((channel) => channel.lowest - channel.zeroPoint));
    const highest = Math.max(...parameters.map((channel) => channel.highest - channel.zeroPoint));
    const signed = lowest < 0;
    const fits = signed ? lowest >= -(2 ** (this.bits - 1)) && highest < 2 ** (this.bits - 1) : highest < 2 ** this.bits;
    const bits = this.bits + Number(!fits);
    if (bits > 32) throw new RangeError(`Expected ${this} to have codes of at most 32 bits without the zero point but found ${bits}.`);
    const step = Float32Array.from(parameters, ({ scale }) => scale);
    return { codes, step, stepShape: groups.shape, bits, signed };
  }

  /** Largest value of the range, at least 1; infinite where the numbers decide. */
  max(): number {
    return this.fixed ? Math.max(1, ...this.fixed.map(({ scale, zeroPoint, highest }) => Math.fround(scale * (highest - zeroPoint)))) : Infinity;
  }

  /** Smallest value of the range, 0 or below; infinite where the numbers decide. */
  min(): number {
    return this.fixed ? Math.min(0, ...this.fixed.map(({ scale, zeroPoint, lowest }) => Math.fround(scale * (lowest - zeroPoint)))) : -Infinity;
  }

  getConfig(): Record<string, unknown> {
    const { bits, signed, symmetric, axis, given } = this;
    return { bits, signed, symmetric, axis, min: given.min, max: given.max, scale: given.scale, zero_point: given.zeroPoint };
  }

  toString(): string {
    const printed = (value: unknown): string => (value === true ? "True" : value === false ? "False" : Array.isArray(value) ? `[${value.join(" ")}]` : String(value));
    const { bits, ...rest } = this.getConfig();
    const isDefault = (key: string, value: unknown): boolean => value === null || (key === "signed" ? value === true : value === false);
    const parts = Object.entries(rest).filter(([key, value]) => !isDefault(key, value)).map(([key, value]) => `${key}=${printed(value)}`);
    return `${NAME}(${[String(bits), ...parts].join(",")})`;
  }
}

/**
 * Affine codes with a zero point, as TFLite and PyTorch have them: `q = scale * (code - zeroPoint)` where
 * `code = clip(zeroPoint + round(x / scale), lowest, highest)`, halves away from zero as in TFLite (PyTorch and ONNX
 * round them to even). The number 0 is always exactly a value.
 *
 * Without a range, and without scale and zero point, the range is that of the numbers at each call, 0 included. The
 * gradient is 1 within the range, its ends included, and 0 beyond (TensorFlow: `fake_quant_with_min_max_vars`). After
 * Jacob et al. 2018, arXiv:1712.05877.
 *
 * @param options See `QuantizedAffineOptions`. TFLite's weights: `{ symmetric: true, axis: 1 }` for a kernel
 *   [inputs, units]; its biases: `{ bits: 32, axis: 0, scale, zeroPoint: 0 }`, each scale that of the input times that of
 *   the unit's weights; its activations: `{ min, max }`.
 * @throws {RangeError} When a value is out of range, or options exclude each other.
 * @example
 * const quantizer = quantizedAffine({ bits: 8, min: -1, max: 3 }); // scale 4 / 255, zero point -64
 * quantizer.codes(Float32Array.of(-9, 0, 3), [3]); // [-128, -64, 127]
 */
export function quantizedAffine(options: QuantizedAffineOptions = {}): QuantizedAffine {
  return new QuantizedAffine(options);
}
