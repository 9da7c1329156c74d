import { hardSigmoid, hardSigmoidSlope, SCurveQuantizer } from "./sCurveQuantizer.js";

/** What `quantizedTanh` takes beside the number of bits. */
export interface QuantizedTanhOptions {
  /** Leave out -1, so that there are as many negative values as positive ones. Default false. */
  symmetric?: boolean | 0 | 1;
  /** The true tanh instead of x clipped to -1 and 1. Default false. */
  useRealTanh?: boolean | 0 | 1;
}

/** See `quantizedTanh`. */
export class QuantizedTanh extends SCurveQuantizer {
  readonly className = "quantized_tanh";
  readonly useRealTanh: boolean;

  constructor(bits = 8, { symmetric = false, useRealTanh = false }: QuantizedTanhOptions = {}) {
    super("quantized_tanh", bits, symmetric, 1);
    this.useRealTanh = Boolean(useRealTanh);
  }

  protected curve(x: number): number {
    return this.useRealTanh ? Math.fround(Math.tanh(x)) : Math.fround(2 * hardSigmoid(x) - 1);
  }

  protected derivative(x: number, y: number): number {
    return this.useRealTanh ? 1 - Math.fround(y * y) : 2 * hardSigmoidSlope(x);
  }

  protected inverse(y: number): number {
    return this.useRealTanh ? Math.atanh(y) : y;
  }

  getConfig(): Record<string, unknown> {
    const { bits, symmetric, useRealTanh } = this;
    return { bits, symmetric, use_stochastic_rounding: false, use_real_tanh: useRealTanh };
  }

  /** QKeras prints the options where it reads others; `getConfig` holds everything. */
  toString(): string {
    const flags = [this.symmetric, this.useRealTanh].filter(Boolean).map(() => ",1");
    return `quantized_tanh(${this.bits}${flags.join("")})`;
  }
}

/**
 * Hyperbolic tangent in fixed point, as an activation.
 *
 * `q = clip(round(p * 2^(bits-1)), -2^(bits-1), 2^(bits-1) - 1) / 2^(bits-1)` where p is x clipped to -1 and 1,
 * or tanh(x), and halves are rounded to even. The gradient is that of p, 0 where q is clipped. Matches
 * `qkeras.quantized_tanh` 0.9.0; where tanh comes within a rounding error of a half, it may take the other neighbour.
 *
 * @param bits Bits of a number, 1 to 24, the sign included. Default 8.
 * @param options See `QuantizedTanhOptions`.
 * @throws {RangeError} When bits is out of range.
 * @example
 * quantizedTanh(4).apply(tf.tensor1d([0.3, 2, -2])).dataSync(); // [0.25, 0.875, -1]
 */
export function quantizedTanh(bits = 8, options: QuantizedTanhOptions = {}): QuantizedTanh {
  return new QuantizedTanh(bits, options);
}
