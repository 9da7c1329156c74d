import type { NumberFormat } from "./numberFormat.js";
import { QuantizedBits } from "./quantizedBits.js";
import type { QuantizedBitsOptions } from "./quantizedBits.js";
import type { QuantizedCodes } from "./quantizer.js";

/** What `quantizedHswish` takes beside the numbers of bits. */
export interface QuantizedHswishOptions extends Omit<QuantizedBitsOptions, "keepNegative"> {
  /** Where the curve leaves 0, below zero; above 0. Default 3. */
  reluShift?: number;
  /** Bound of the shifted ReLU, and what the product is divided by; above 0. Default 6. */
  reluUpperBound?: number;
}

/** See `quantizedHswish`. */
export class QuantizedHswish extends QuantizedBits {
  override readonly className = "quantized_hswish";
  readonly reluShift: number;
  readonly reluUpperBound: number;

  constructor(bits = 8, integer = 0, options: QuantizedHswishOptions = {}) {
    const { reluShift = 3, reluUpperBound = 6, ...rest } = options;
    super(bits, integer, rest, "quantized_hswish");
    for (const [name, value] of Object.entries({ relu_shift: reluShift, relu_upper_bound: reluUpperBound })) {
      if (!(value > 0 && value < Infinity)) {
        throw new RangeError(`quantized_hswish: expected ${name} to be a number above 0 but found ${value}.`);
      }
    }
    this.reluShift = reluShift;
    this.reluUpperBound = reluUpperBound;
  }

  /** The shifted ReLU of x, bounded. */
  private gate(x: number): number {
    const shifted = Math.fround(x + this.reluShift);
    return shifted <= this.reluUpperBound ? Math.max(shifted, 0) : this.reluUpperBound;
  }

  /** The curve before it is quantized. */
  private curve(x: Float32Array): Float32Array {
    return x.map((value) => Math.fround(value * this.gate(value)) / this.reluUpperBound);
  }

  override quantize(x: Float32Array, shape: readonly number[]): Float32Array {
    return super.quantize(this.curve(x), shape);
  }

  override quantizeInTraining(x: Float32Array, shape: readonly number[]): Float32Array {
    return super.quantizeInTraining(this.curve(x), shape);
  }

  /** The derivative of the curve, as if nothing had been rounded. */
  override slope(x: Float32Array): Float32Array {
    const factor = this.useSte ? 1 : 1 - this.qnoiseFactor;
    const share = Math.fround(factor / this.reluUpperBound);
    return x.map((value) => {
      const shifted = Math.fround(value + this.reluShift);
      const bend = shifted > 0 && shifted <= this.reluUpperBound ? Math.fround(share * value) : 0;
      return Math.fround(share * this.gate(value)) + bend;
    });
  }

  override get format(): NumberFormat {
    return { kind: "custom", quantizer: this };
  }

  override encode(x: Float32Array, shape: readonly number[]): QuantizedCodes {
    return super.encode(this.curve(x), shape);
  }

  /** Where the curve has the values of the codes; where it has them twice, the larger number. */
  override decode(quantized: QuantizedCodes, shape: readonly number[]): Float32Array {
    const { reluShift: shift, reluUpperBound: bound } = this;
    return super.decode(quantized, shape).map((value) => {
      if (value >= bound - shift) return value;
      return (Math.sqrt(Math.max(shift * shift + 4 * bound * value, 0)) - shift) / 2;
    });
  }

  /** Smallest value: the grid's, or what the lowest point of the curve is quantized to. QKeras fails there. */
  override min(): number {
    const lowest = -(this.reluShift ** 2) / (4 * this.reluUpperBound);
    return super.min() >= lowest ? super.min() : super.quantize(Float32Array.of(lowest), [1])[0];
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), relu_shift: this.reluShift, relu_upper_bound: this.reluUpperBound };
  }

  /** What QKeras means to print; it fails. */
  override toString(): string {
    return this.print(`relu_shift=${this.reluShift}`, `relu_upper_bound=${this.reluUpperBound}`);
  }

  override asKernelQuantizer(): QuantizedHswish {
    if (this.alpha !== null || this.bits < 2) return this;
    const { reluShift, reluUpperBound } = this;
    return new QuantizedHswish(this.bits, this.integer, { ...this.withAlpha("auto_po2"), reluShift, reluUpperBound });
  }
}

/**
 * Hard swish with a fixed-point output, as an activation: `hswish(x) = x min(max(x + 3, 0), 6) / 6` (Howard et al.
 * 2019, MobileNetV3, arXiv:1905.02244), quantized as `quantizedBits` does it.
 *
 * The gradient is that of hswish. Matches `qkeras.quantized_hswish` 0.9.0, and gives a string and a minimum where that
 * fails.
 *
 * @param bits Bits of a number, 1 to 32, the sign included. Default 8.
 * @param integer Bits before the binary point, the sign not counted; may be negative. Default 0.
 * @param options See `QuantizedHswishOptions`.
 * @throws {RangeError} When a value is out of range.
 * @example
 * quantizedHswish(8, 2).apply(tf.tensor1d([-9, -1, 1, 3])).dataSync(); // [0, -0.34375, 0.65625, 3]
 */
export function quantizedHswish(bits = 8, integer = 0, options: QuantizedHswishOptions = {}): QuantizedHswish {
  return new QuantizedHswish(bits, integer, options);
}
