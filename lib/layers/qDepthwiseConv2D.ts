import * as tf from "@tensorflow/tfjs";
import type { QuantizerIdentifier } from "../quantizers/getQuantizer.js";
import type { Initializer } from "./qInitializer.js";
import { QuantizedConvolution } from "./quantizedConvolution.js";
import type { ConvolutionArgs } from "./quantizedConvolution.js";
import type { Regularizer, Serialized } from "./serialized.js";

/** Arguments of `qDepthwiseConv2D`: those of Keras's DepthwiseConv2D and the quantizers. */
export interface QDepthwiseConv2DArgs extends ConvolutionArgs {
  /** Channels of the output for each of the input, a whole number above 0. Default 1. */
  depthMultiplier?: number;
  /** Quantizer of the kernel; without alpha it becomes `auto_po2`, as in QKeras. Default none. */
  depthwiseQuantizer?: QuantizerIdentifier | null;
  /** tfjs initializer or its name. Default "heNormal", as Keras draws it. */
  depthwiseInitializer?: Initializer | string | Serialized | null;
  /** tfjs regularizer or its name; it sees the float32 weights. Default none. */
  depthwiseRegularizer?: Regularizer | string | Serialized | null;
}

/** See `qDepthwiseConv2D`. */
export class QDepthwiseConv2D extends QuantizedConvolution {
  static readonly className = "QDepthwiseConv2D";
  readonly depthMultiplier: number;

  constructor(args: QDepthwiseConv2DArgs) {
    const { depthwiseQuantizer, depthwiseInitializer, depthwiseRegularizer, depthMultiplier = 1 } = args;
    const kernel = {
      kernelQuantizer: depthwiseQuantizer, kernelInitializer: depthwiseInitializer, kernelRegularizer: depthwiseRegularizer,
    };
    super("QDepthwiseConv2D", { ...args, ...kernel }, "depthwise");
    if (!Number.isInteger(depthMultiplier) || depthMultiplier < 1) {
      throw new RangeError(`QDepthwiseConv2D: expected depthMultiplier to be a whole number above 0 but found ${depthMultiplier}.`);
    }
    this.depthMultiplier = depthMultiplier;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const channels = this.channelsOf(inputShape);
    this.addKernel([...this.kernelSize, channels, this.depthMultiplier], this.outputsOf(channels));
  }

  protected outputsOf(channels: number): number {
    return channels * this.depthMultiplier;
  }

  protected convolve(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor {
    return tf.depthwiseConv2d(x, kernel, this.strides, this.padding);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), depthMultiplier: this.depthMultiplier };
  }
}
tf.serialization.registerClass(QDepthwiseConv2D as unknown as tf.serialization.SerializableConstructor<QDepthwiseConv2D>);

/**
 * A convolution of each channel by itself whose kernel and bias are quantized at each call while float32 weights are
 * trained (QKeras: `QDepthwiseConv2D`).
 *
 * Input [batch, height, width, channels], kernel [height, width, channels, depthMultiplier], output [batch, height,
 * width, channels · depthMultiplier]. An automatic scale is one for each index of the kernel's last axis, as in QKeras:
 * all channels share it, and with a depthMultiplier of 1 there is one scale in all. `scale_axis=2` in the quantizer gives each
 * channel its own. QKeras prunes this kernel, TFMOT not that of a plain DepthwiseConv2D; so does `pruneLowMagnitude`.
 *
 * @throws {RangeError} When a size is not a whole number above 0, the padding or the data format is unknown, strides
 *   and dilation rate are both above 1, or a quantizer is out of range.
 * @throws {TypeError} When there is no kernelSize, or it is built for an input that is no image of known channels.
 * @example
 * model.add(qDepthwiseConv2D({ kernelSize: 3, depthwiseQuantizer: "quantized_bits(4,0,alpha='auto',scale_axis=2)" }));
 */
export function qDepthwiseConv2D(args: QDepthwiseConv2DArgs): QDepthwiseConv2D {
  return new QDepthwiseConv2D(args);
}
