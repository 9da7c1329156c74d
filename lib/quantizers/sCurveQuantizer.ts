import { checkBits } from "./checkArguments.js";
import { Quantizer } from "./quantizer.js";
import type { QuantizedCodes } from "./quantizer.js";
import { roundHalfToEven } from "./roundHalfToEven.js";

/** An S-shaped curve in fixed point: what `quantizedTanh` and `quantizedSigmoid` have in common. */
export abstract class SCurveQuantizer extends Quantizer {
  readonly bits: number;
  readonly symmetric: boolean;
  /** Values between 0 and 1: the resolution is one over it. */
  private readonly levels: number;
  /** Code of the smallest value. */
  private readonly lowest: number;
  private readonly signed: boolean;

  /** @param signBits Bits that values spend on their sign. */
  constructor(name: string, bits: number, symmetric: boolean | 0 | 1, signBits: 0 | 1) {
    super();
    // With 24 bits the values just below 1 are the last that float32 can tell apart.
    checkBits(name, bits, 24);
    this.bits = bits;
    this.symmetric = Boolean(symmetric);
    this.signed = signBits === 1;
    this.levels = 2 ** (bits - signBits);
    this.lowest = (this.signed ? -this.levels : 0) + Number(this.symmetric);
  }

  /** The curve that is quantized, float32. */
  protected abstract curve(x: number): number;

  /** Its derivative where it has the value y. */
  protected abstract derivative(x: number, y: number): number;

  /** Where the curve has the value y; infinite where it only comes near it. */
  protected abstract inverse(y: number): number;

  quantize(x: Float32Array): Float32Array {
    const { levels, lowest } = this;
    const q = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) {
      q[i] = Math.min(Math.max(roundHalfToEven(this.curve(x[i]) * levels), lowest), levels - 1) / levels;
    }
    return q;
  }

  /** The derivative of the curve, 0 where the rounded value is clipped. */
  slope(x: Float32Array): Float32Array {
    const { levels, lowest } = this;
    const slope = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const y = this.curve(x[i]);
      const code = roundHalfToEven(y * levels);
      slope[i] = code < lowest || code >= levels ? 0 : this.derivative(x[i], y);
    }
    return slope;
  }

  encode(x: Float32Array): QuantizedCodes {
    const { bits, signed, levels } = this;
    const codes = Int32Array.from(this.quantize(x), (value) => value * levels);
    return { codes, step: Float32Array.of(1 / levels), stepShape: [], bits, signed };
  }

  /** Where the curve has the values of the codes. */
  override decode({ codes }: QuantizedCodes): Float32Array {
    // Both curves are flat to 2^-25 well before 40.
    return Float32Array.from(codes, (code) => Math.min(Math.max(this.inverse(code / this.levels), -40), 40));
  }

  max(): number {
    return 1 - 1 / this.levels;
  }

  min(): number {
    return this.lowest / this.levels;
  }
}

/** `x / 2 + 1/2`, clipped to 0 and 1, in float32 (QKeras: `hard_sigmoid`). */
export function hardSigmoid(x: number): number {
  return Math.min(Math.max(Math.fround(Math.fround(0.5 * x) + 0.5), 0), 1);
}

/** 1/2 between the two bounds, which belong to it, 0 beyond. */
export function hardSigmoidSlope(x: number): number {
  const y = Math.fround(Math.fround(0.5 * x) + 0.5);
  return y >= 0 && y <= 1 ? 0.5 : 0;
}
