import { checkBits, checkInteger } from "./checkArguments.js";
import { pythonFloat } from "./pythonFloat.js";
import { Quantizer } from "./quantizer.js";
import { roundHalfToEven } from "./roundHalfToEven.js";
import { hardSigmoid, hardSigmoidSlope } from "./sCurveQuantizer.js";

/** What `quantizedUlaw` takes beside the numbers of bits. */
export interface QuantizedUlawOptions {
  /** Leave out the most negative value, so that the values lie symmetrically about 0. Default false. */
  symmetric?: boolean | 0 | 1;
  /** How strongly small values are spread: the larger, the further from 0 the first value lies. Default 255. */
  u?: number;
}

/** See `quantizedUlaw`. */
export class QuantizedUlaw extends Quantizer {
  readonly className = "quantized_ulaw";
  readonly bits: number;
  readonly integer: number;
  readonly symmetric: boolean | 0 | 1;
  readonly u: number;
  /** 2 to the number of bits without the sign: how many steps there are from the lowest level to the highest. */
  private readonly levels: number;
  private readonly logarithm: number;
  private readonly lowest: number;
  private readonly highest: number;

  constructor(bits = 8, integer = 0, { symmetric = 0, u = 255 }: QuantizedUlawOptions = {}) {
    super();
    checkBits("quantized_ulaw", bits);
    checkInteger("quantized_ulaw", integer);
    if (!(u > 0 && u < Infinity)) throw new RangeError(`quantized_ulaw: expected u to be a number above 0 but found ${u}.`);
    this.bits = bits;
    this.integer = integer;
    this.symmetric = symmetric;
    this.u = u;
    this.levels = 2 ** (bits - 1);
    this.logarithm = Math.fround(Math.log(Math.fround(1 + u)));
    this.lowest = Math.fround(-1 + Number(symmetric) / this.levels);
    this.highest = Math.fround(1 - 1 / this.levels);
  }

  /** The value of the level next to a number in units of 2^integer, -1 to 1, before it is spread. */
  private level(x: number): number {
    return Math.fround(2 * Math.fround(roundHalfToEven(hardSigmoid(x) * this.levels) / this.levels) - 1);
  }

  /** `1 + u |level|`, whose logarithm spreads the levels. */
  private spread(level: number): number {
    return Math.fround(1 + Math.fround(Math.fround(this.u) * Math.abs(level)));
  }

  /** The level after spreading, -1 to 1. */
  private compressed(level: number): number {
    return Math.sign(level) * Math.fround(Math.fround(Math.log(this.spread(level))) / this.logarithm);
  }

  quantize(x: Float32Array): Float32Array {
    const { lowest, highest } = this;
    const unit = 2 ** this.integer;
    // Adding 0 makes a zero positive.
    return x.map((value) => unit * Math.min(Math.max(this.compressed(this.level(value / unit)), lowest), highest) + 0);
  }

  /** That of the spreading at the rounded level; 0 at level 0, where |x| starts from 1, and where the output is clipped. */
  slope(x: Float32Array): Float32Array {
    const { lowest, highest, logarithm } = this;
    const unit = 2 ** this.integer;
    return x.map((value) => {
      const level = this.level(value / unit);
      const y = this.compressed(level);
      if (level === 0 || y < lowest || y > highest) return 0;
      return ((2 * this.u) / (this.spread(level) * logarithm)) * hardSigmoidSlope(value / unit);
    });
  }

  /** @throws {RangeError} Always: the values are no multiples of one step. */
  encode(): never {
    throw new RangeError(`${this} has values that are no multiples of one step; store them as float32.`);
  }

  max(): number {
    return this.bits > 1 ? Math.max(1, 2 ** this.integer) : 1;
  }

  min(): number {
    return -this.max();
  }

  getConfig(): Record<string, unknown> {
    const { bits, integer, symmetric, u } = this;
    return { bits, integer, symmetric, u };
  }

  toString(): string {
    const parts = [`${this.bits}`, `${this.integer}`];
    if (this.symmetric || this.u !== 255) parts.push(`${Number(this.symmetric)}`);
    if (this.u !== 255) parts.push(pythonFloat(this.u));
    return `quantized_ulaw(${parts.join(",")})`;
  }
}

/**
 * µ-law values, closer to each other the further they are from 0, as an activation or for weights.
 *
 * `q = 2^integer clip(sign(l) log(1 + u |l|) / log(1 + u), -1, 1 - 2^(1-bits))` where l is x / 2^integer, clipped to
 * -1 and 1 and rounded to multiples of 2^(2-bits), halves to even. Of the 2^bits numbers that the bits could hold,
 * at most half and one are used: QKeras rounds before it spreads. The gradient is that of q at the rounded l, 0 where l is 0 and
 * where q is clipped. Matches `qkeras.quantized_ulaw` 0.9.0.
 *
 * @param bits Bits of a number, 1 to 32, the sign included. Default 8.
 * @param integer Bits before the binary point: the values reach from -2^integer to 2^integer. Default 0.
 * @param options See `QuantizedUlawOptions`.
 * @throws {RangeError} When a value is out of range.
 * @example
 * quantizedUlaw(4, 0).apply(tf.tensor1d([0.1, 0.3, -2])).dataSync(); // [0, 0.7521, -1]
 */
export function quantizedUlaw(bits = 8, integer = 0, options: QuantizedUlawOptions = {}): QuantizedUlaw {
  return new QuantizedUlaw(bits, integer, options);
}
