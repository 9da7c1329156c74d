import * as tf from "@tensorflow/tfjs";
import { QuantizedConvolution } from "./quantizedConvolution.js";
import type { ConvolutionArgs } from "./quantizedConvolution.js";
import type { KernelArgs } from "./quantizedKernelLayer.js";

/** Arguments of `qConv2D`: those of Keras's Conv2D and the quantizers. */
export interface QConv2DArgs extends ConvolutionArgs, KernelArgs {
  /** Channels of the output, a whole number above 0. */
  filters: number;
}

/** See `qConv2D`. */
export class QConv2D extends QuantizedConvolution {
  static readonly className = "QConv2D";
  readonly filters: number;

  constructor(args: QConv2DArgs) {
    super("QConv2D", args, "kernel");
    const { filters } = args;
    if (!Number.isInteger(filters) || filters < 1) {
      throw new RangeError(`QConv2D: expected filters to be a whole number above 0 but found ${filters}.`);
    }
    this.filters = filters;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    this.addKernel([...this.kernelSize, this.channelsOf(inputShape), this.filters], this.filters);
  }

  protected outputsOf(): number {
    return this.filters;
  }

  protected convolve(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor {
    return tf.conv2d(x, kernel, this.strides, this.padding);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), filters: this.filters };
  }
}
tf.serialization.registerClass(QConv2D as unknown as tf.serialization.SerializableConstructor<QConv2D>);

/**
 * A convolution of images whose kernel and bias are quantized at each call while float32 weights are trained
 * (QKeras: `QConv2D`).
 *
 * Input [batch, height, width, channels], kernel [height, width, channels, filters], output [batch, height, width,
 * filters]. An automatic scale of the kernel is one a filter, as in QKeras. `fit` keeps the float32 weights within the
 * quantizer's range after each step; it trains convolutions through TensorFlow.js.
 *
 * @throws {RangeError} When a size is not a whole number above 0, the padding or the data format is unknown, strides
 *   and dilation rate are both above 1, or a quantizer is out of range.
 * @throws {TypeError} When there is no kernelSize, or it is built for an input that is no image of known channels.
 * @example
 * const quantizer = "quantized_bits(4,0,alpha='auto')";
 * model.add(qConv2D({ filters: 8, kernelSize: 3, strides: 2, inputShape: [28, 28, 1], kernelQuantizer: quantizer }));
 */
export function qConv2D(args: QConv2DArgs): QConv2D {
  return new QConv2D(args);
}
