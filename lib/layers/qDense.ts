import * as tf from "@tensorflow/tfjs";
import { QuantizedKernelLayer } from "./quantizedKernelLayer.js";
import type { KernelArgs, QuantizedKernelArgs } from "./quantizedKernelLayer.js";
import { onlyShape } from "./quantizedLayer.js";

/** Arguments of `qDense`: those of Keras's Dense and the quantizers. */
export interface QDenseArgs extends QuantizedKernelArgs, KernelArgs {
  /** Size of the output, a whole number above 0. */
  units: number;
}

/** See `qDense`. */
export class QDense extends QuantizedKernelLayer {
  static readonly className = "QDense";
  readonly units: number;

  constructor(args: QDenseArgs) {
    super(args);
    const { units } = args;
    if (!Number.isInteger(units) || units < 1) {
      throw new RangeError(`QDense: expected units to be a whole number above 0 but found ${units}.`);
    }
    this.units = units;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const shape = onlyShape(inputShape);
    const inputs = shape[shape.length - 1];
    if (inputs === null) throw new TypeError(`${this.name}: the last axis of the input must have a size, but the shape is [${shape}].`);
    this.addKernel([inputs, this.units], this.units);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], { training }: { training?: boolean } = {}): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const [kernel, bias] = this.quantizedWeights({ training });
      const rows = x.rank === 2 ? x : tf.reshape(x, [-1, x.shape[x.rank - 1]]);
      const sum = tf.fused.matMul({ a: rows as tf.Tensor2D, b: kernel as tf.Tensor2D, bias });
      const y = this.activation ? this.activation.apply(sum, { training }) : sum;
      return x.rank === 2 ? y : tf.reshape(y, [...x.shape.slice(0, -1), this.units]);
    });
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    return [...onlyShape(inputShape).slice(0, -1), this.units];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), units: this.units };
  }
}
tf.serialization.registerClass(QDense as unknown as tf.serialization.SerializableConstructor<QDense>);

/**
 * A dense layer whose kernel and bias are quantized at each call while float32 weights are trained
 * (QKeras: `QDense`).
 *
 * `y = activation(x · kernelQuantizer(kernel) + biasQuantizer(bias))`. Input [batch, …, inputs], output
 * [batch, …, units]. `fit` keeps the float32 weights within the quantizer's range after each step.
 *
 * @throws {RangeError} When units is not a whole number above 0 or a quantizer is out of range.
 * @example
 * const model = tf.sequential();
 * model.add(qDense({ units: 10, inputShape: [784], kernelQuantizer: "quantized_bits(8,3,alpha=1)" }));
 */
export function qDense(args: QDenseArgs): QDense {
  return new QDense(args);
}
