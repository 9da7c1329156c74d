import { hardSigmoid, hardSigmoidSlope, SCurveQuantizer } from "./sCurveQuantizer.js";

/** What `quantizedSigmoid` takes beside the number of bits. */
export interface QuantizedSigmoidOptions {
  /** Leave out 0, so that the values lie symmetrically about 1/2. Default false. */
  symmetric?: boolean | 0 | 1;
  /** The true sigmoid instead of x / 2 + 1/2 clipped to 0 and 1. Default false. */
  useRealSigmoid?: boolean | 0 | 1;
}

/** See `quantizedSigmoid`. */
export class QuantizedSigmoid extends SCurveQuantizer {
  readonly className = "quantized_sigmoid";
  readonly useRealSigmoid: boolean;

  constructor(bits = 8, { symmetric = false, useRealSigmoid = false }: QuantizedSigmoidOptions = {}) {
    super("quantized_sigmoid", bits, symmetric, 0);
    this.useRealSigmoid = Boolean(useRealSigmoid);
  }

  protected curve(x: number): number {
    return this.useRealSigmoid ? Math.fround(1 / (1 + Math.exp(-x))) : hardSigmoid(x);
  }

  protected derivative(x: number, y: number): number {
    return this.useRealSigmoid ? y * Math.fround(1 - y) : hardSigmoidSlope(x);
  }

  protected inverse(y: number): number {
    return this.useRealSigmoid ? Math.log(y / (1 - y)) : 2 * y - 1;
  }

  getConfig(): Record<string, unknown> {
    const { bits, symmetric, useRealSigmoid } = this;
    return { bits, symmetric, use_real_sigmoid: useRealSigmoid, use_stochastic_rounding: false };
  }

  /** QKeras prints a real sigmoid alone where it reads symmetric; `getConfig` holds everything. */
  toString(): string {
    const flags = [this.symmetric, this.useRealSigmoid].filter(Boolean).map(() => ",1");
    return `quantized_sigmoid(${this.bits}${flags.join("")})`;
  }
}

/**
 * Sigmoid in fixed point, as an activation.
 *
 * `q = clip(round(p * 2^bits), 0, 2^bits - 1) / 2^bits` where p is x / 2 + 1/2 clipped to 0 and 1, or
 * 1 / (1 + exp(-x)), and halves are rounded to even. The gradient is that of p, 0 where q is clipped. Matches
 * `qkeras.quantized_sigmoid` 0.9.0; where the sigmoid comes within a rounding error of a half, it may take the
 * other neighbour.
 *
 * @param bits Bits of a number, 1 to 24; there is no sign. Default 8.
 * @param options See `QuantizedSigmoidOptions`.
 * @throws {RangeError} When bits is out of range.
 * @example
 * quantizedSigmoid(4).apply(tf.tensor1d([0, 0.3, -2])).dataSync(); // [0.5, 0.625, 0]
 */
export function quantizedSigmoid(bits = 8, options: QuantizedSigmoidOptions = {}): QuantizedSigmoid {
  return new QuantizedSigmoid(bits, options);
}
