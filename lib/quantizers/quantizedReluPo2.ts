import { checkNegativeSlope } from "./checkArguments.js";
import { mixNoise } from "./mixNoise.js";
import { Po2Quantizer } from "./po2Quantizer.js";
import type { Po2Options } from "./po2Quantizer.js";

/** What `quantizedReluPo2` takes beside the number of bits. */
export interface QuantizedReluPo2Options extends Po2Options {
  /** Slope below zero, 0 or a power of two. Default 0. */
  negativeSlope?: number;
}

/** See `quantizedReluPo2`. */
export class QuantizedReluPo2 extends Po2Quantizer {
  readonly className = "quantized_relu_po2";
  readonly negativeSlope: number;

  constructor(bits = 8, options: QuantizedReluPo2Options = {}) {
    super("quantized_relu_po2", bits, options, 0);
    this.negativeSlope = options.negativeSlope ?? 0;
    checkNegativeSlope("quantized_relu_po2", this.negativeSlope);
  }

  protected get signed(): boolean {
    return this.negativeSlope !== 0;
  }

  quantize(x: Float32Array): Float32Array {
    const q = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) q[i] = this.onGrid(x[i]);
    return this.qnoiseFactor === 1 ? q : mixNoise(this.relu(x), q, this.qnoiseFactor, this.useSte);
  }

  /** The unquantized ReLU, whose gradient is used. */
  private relu(x: Float32Array): Float32Array {
    return x.map((value) => (value > this.limit ? this.limit : value > 0 ? value : value * this.negativeSlope));
  }

  protected onGrid(x: number): number {
    if (x < 0) return this.negativeSlope === 0 ? this.power(0) : -this.power(Math.fround(-x * this.negativeSlope));
    return this.power(Math.abs(x));
  }

  protected preimage(magnitude: number, isNegative: boolean): number {
    return isNegative ? -magnitude / this.negativeSlope : magnitude;
  }

  /** 1 between 0 and maxValue, the negative slope at 0 and below, 0 above maxValue. */
  slope(x: Float32Array): Float32Array {
    const { limit, negativeSlope } = this;
    const factor = this.useSte ? 1 : 1 - this.qnoiseFactor;
    return x.map((value) => (value > limit ? 0 : value > 0 ? factor : negativeSlope * factor));
  }

  min(): number {
    const smallest = 2 ** this.minExponent;
    return this.negativeSlope === 0 || this.bits === 1 ? smallest : Math.min(smallest, -this.negativeSlope * 2 ** (this.bits - 1));
  }

  getConfig(): Record<string, unknown> {
    return { bits: this.bits, max_value: this.maxValue, negative_slope: this.negativeSlope, ...this.commonConfig() };
  }

  /**
   * QKeras cuts max_value to a whole number, prints the slope in its place if there is none, and leaves
   * log2_rounding out; `getConfig` holds everything.
   */
  toString(): string {
    const parts = [`${this.bits}`];
    if (this.maxValue !== null) parts.push(`${Math.trunc(this.maxValue)}`);
    if (this.negativeSlope) parts.push(`${this.negativeSlope}`);
    if (this.quadraticApproximation) parts.push("quadratic_approximation=1");
    return `quantized_relu_po2(${parts.join(",")})`;
  }
}

/**
 * ReLU whose output is a power of two, without sign unless a slope below zero is given.
 *
 * `q = 2^clip(round(log2 x), -2^e, 2^e - 1)` where `e = bits - 1`, and `bits` if maxValue is at most 1; 0 is no
 * value of the format: what is below 1e-7, and all negative numbers, become the smallest one. The gradient is
 * 1 between 0 and maxValue, 0 elsewhere (below zero: the negative slope). Matches `qkeras.quantized_relu_po2` 0.9.0.
 *
 * @param bits Bits of the exponent and its sign, 1 to 32. From 5 bits on the range can be too wide for
 *   `encode`. Default 8.
 * @param options See `QuantizedReluPo2Options`.
 * @throws {RangeError} When a value is out of range.
 * @example
 * quantizedReluPo2(3).apply(tf.tensor1d([-1, 0.3, 100])).dataSync(); // [0.0625, 0.25, 8]
 */
export function quantizedReluPo2(bits = 8, options: QuantizedReluPo2Options = {}): QuantizedReluPo2 {
  return new QuantizedReluPo2(bits, options);
}
