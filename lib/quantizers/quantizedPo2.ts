import { mixNoise } from "./mixNoise.js";
import { Po2Quantizer } from "./po2Quantizer.js";
import type { Po2Options } from "./po2Quantizer.js";

/** See `quantizedPo2`. */
export class QuantizedPo2 extends Po2Quantizer {
  readonly className = "quantized_po2";
  protected readonly signed = true;

  constructor(bits = 8, options: Po2Options = {}) {
    super("quantized_po2", bits, options, 1);
  }

  quantize(x: Float32Array): Float32Array {
    const q = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) q[i] = this.onGrid(x[i]);
    return mixNoise(x, q, this.qnoiseFactor, this.useSte);
  }

  protected onGrid(x: number): number {
    return x < 0 ? -this.power(-x) : this.power(Math.abs(x));
  }

  protected preimage(magnitude: number, isNegative: boolean): number {
    return isNegative ? -magnitude : magnitude;
  }

  /** 1 everywhere, beyond the largest value too. */
  slope(): number {
    return this.useSte ? 1 : 1 - this.qnoiseFactor;
  }

  min(): number {
    return -this.max();
  }

  getConfig(): Record<string, unknown> {
    return { bits: this.bits, max_value: this.maxValue, ...this.commonConfig() };
  }

  /** QKeras cuts max_value to a whole number and leaves log2_rounding out; `getConfig` holds everything. */
  toString(): string {
    const parts = [`${this.bits}`];
    if (this.maxValue !== null) parts.push(`${Math.trunc(this.maxValue)}`);
    if (this.quadraticApproximation) parts.push("quadratic_approximation=1");
    return `quantized_po2(${parts.join(",")})`;
  }
}

/**
 * Powers of two with a sign: a multiplication by one is a shift.
 *
 * `q = sign(x) * 2^clip(round(log2 |x|), -2^e, 2^e - 1)` where `e = bits - 2`, and `bits - 1` if maxValue is
 * at most 1; 0 is no value of the format: it becomes the smallest positive one, as does all below 1e-7. The
 * gradient is 1 everywhere. Matches `qkeras.quantized_po2` 0.9.0.
 *
 * @param bits Bits of the exponent, its sign and that of the value, 2 to 32; 1 to 32 if maxValue is at most 1.
 *   From 6 bits on the range can be too wide for `encode`. Default 8.
 * @param options See `Po2Options`.
 * @throws {RangeError} When a value is out of range.
 * @example
 * quantizedPo2(4).apply(tf.tensor1d([0.3, -3, 100])).dataSync(); // [0.25, -4, 8]
 */
export function quantizedPo2(bits = 8, options: Po2Options = {}): QuantizedPo2 {
  return new QuantizedPo2(bits, options);
}
