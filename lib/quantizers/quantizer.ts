import * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../data/shape.js";
import type { NumberFormat } from "./numberFormat.js";

/** The integers behind quantized values: `value = code * step`, but of a codebook the place in it. */
export interface QuantizedCodes {
  /** One integer a value, in the order of the values. */
  codes: Int32Array;
  /** The distance of neighbouring values; one number, or one a scale group when alpha is "auto…". */
  step: Float32Array;
  /** Shape of `step`, broadcastable to the values: `[]` for a single step. */
  stepShape: number[];
  /** How many bits a code needs. */
  bits: number;
  /** Whether codes can be negative (two's complement). */
  signed: boolean;
}

/** For the row-major index of a value the index of its step; `stepShape` has at most one axis above 1. */
function broadcastIndex(stepShape: readonly number[], shape: readonly number[]): (index: number) => number {
  const axis = stepShape.findIndex((size) => size > 1);
  if (axis < 0) return () => 0;
  const inner = sizeOf(shape.slice(axis + 1));
  return (index) => Math.floor(index / inner) % stepShape[axis];
}

/**
 * A number format and the way numbers are brought into it while a network trains.
 *
 * The grid, the rounding, the range and the gradient of a quantizer are stated once, on plain
 * float32 arrays (`quantize`, `slope`); everything else is derived from them: the tfjs op (`apply`),
 * the integers in a file (`encode`).
 */
export abstract class Quantizer {
  /** QKeras's name of the quantizer, such as `quantized_bits`. */
  abstract readonly className: string;

  /** Number of bits of a value. */
  abstract readonly bits: number;

  /**
   * The scale of the last `apply` or `quantize`: a number, or one number a channel when alpha is
   * "auto" or "auto_po2".
   */
  scale: number | Float32Array = 1;

  /**
   * Brings float32 values onto the grid.
   *
   * @param x Values, row-major.
   * @param shape Shape of the values; automatic scales are found along it.
   * @returns A new array; the values are exactly on the grid (times the quantization noise factor).
   */
  abstract quantize(x: Float32Array, shape: readonly number[]): Float32Array;

  /**
   * The straight-through estimate of d quantize(x) / dx, a value a number, or one number that holds
   * everywhere.
   *
   * @param shape Shape of the values, which a gradient that differs between channels needs.
   */
  abstract slope(x: Float32Array, shape?: readonly number[]): Float32Array | number;

  /** Whether a network that trains draws random numbers here; they follow from the quantizer's seed. */
  get isStochastic(): boolean {
    return false;
  }

  /** As `quantize`, while a network trains: stochastic quantizers then draw random numbers anew at each call. */
  quantizeInTraining(x: Float32Array, shape: readonly number[]): Float32Array {
    return this.quantize(x, shape);
  }

  /** As `slope`, while a network trains. */
  slopeInTraining(x: Float32Array, shape?: readonly number[]): Float32Array | number {
    return this.slope(x, shape);
  }

  /** Whether the scale is found anew from the numbers at each call, so that a file must say which it was. */
  get hasAutomaticScale(): boolean {
    return typeof this.getConfig().alpha === "string";
  }

  /** The quantizer as plain numbers, where a kernel computes the same; by default its own functions are called. */
  get format(): NumberFormat {
    return { kind: "custom", quantizer: this };
  }

  /** The integers that `quantize` multiplies by a step. */
  abstract encode(x: Float32Array, shape: readonly number[]): QuantizedCodes;

  /**
   * Weights that this quantizer turns into the given codes: what a file of codes is read back as.
   *
   * With a numeric alpha they are the grid without alpha, which the quantizer multiplies in again.
   */
  decode({ codes, step, stepShape }: QuantizedCodes, shape: readonly number[]): Float32Array {
    const groupOf = broadcastIndex(stepShape, shape);
    return Float32Array.from(codes, (code, i) => code * step[groupOf(i)]);
  }

  /** Largest value as QKeras reports it: the power of two just above the grid, at least 1. */
  abstract max(): number;

  /** Smallest value as QKeras reports it. */
  abstract min(): number;

  /** The arguments as QKeras's `get_config()` gives them, in Python's names. */
  abstract getConfig(): Record<string, unknown>;

  /**
   * The quantizer as QKeras prints it, readable by `getQuantizer`; only the leaky `quantized_relu(6,2,0.25)` and the
   * stochastic `quantized_relu(6,2,0,1)` are not, since QKeras prints the slope where it reads `use_sigmoid`, and
   * `use_stochastic_rounding` where it reads the slope. `getConfig` holds everything.
   */
  abstract toString(): string;

  /**
   * What QDense turns a kernel quantizer into (QKeras: `_set_trainable_parameter`): with no alpha
   * given, the scale is found automatically.
   */
  asKernelQuantizer(): Quantizer {
    return this;
  }

  /**
   * Quantizes a tensor; the gradient is the straight-through estimate.
   *
   * The computation is float32 on the CPU, so that every backend gives the same bits. On WASM that
   * is also faster than a chain of five small ops.
   *
   * @param x Any float32 tensor.
   * @param options training: whether stochastic quantizers draw random numbers. Default false.
   * @returns A tensor of the same shape.
   * @example
   * getQuantizer("quantized_bits(4,0,alpha=1)").apply(tf.tensor1d([0.3, 2])).print(); // [0.25, 0.875]
   */
  apply<T extends tf.Tensor>(x: T, { training = false }: { training?: boolean } = {}): T {
    const op = tf.customGrad((input, save) => {
      const tensor = input as tf.Tensor;
      (save as tf.GradSaveFunc)([tensor]);
      const data = tensor.dataSync() as Float32Array;
      const quantized = training ? this.quantizeInTraining(data, tensor.shape) : this.quantize(data, tensor.shape);
      const value = tf.tensor(quantized, tensor.shape);
      const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor => {
        const [source] = saved as [tf.Tensor];
        const at = source.dataSync() as Float32Array;
        const slope = training ? this.slopeInTraining(at, source.shape) : this.slope(at, source.shape);
        if (slope === 1) return dy.clone();
        return tf.mul(dy, typeof slope === "number" ? slope : tf.tensor(slope, source.shape));
      };
      return { value, gradFunc };
    });
    return op(x) as T;
  }
}
