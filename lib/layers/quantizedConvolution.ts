import * as tf from "@tensorflow/tfjs";
import { kindOf } from "../data/kindOf.js";
import { QuantizedKernelLayer } from "./quantizedKernelLayer.js";
import type { KernelArgs, QuantizedKernelArgs } from "./quantizedKernelLayer.js";
import { onlyShape } from "./quantizedLayer.js";

/** What the arguments of both convolutions have in common. */
export interface ConvolutionArgs extends QuantizedKernelArgs {
  /** Height and width of the window, or one number for both; whole numbers above 0. */
  kernelSize: number | number[];
  /** Steps of the window down and to the right. Default 1. */
  strides?: number | number[];
  /** "valid": the window stays within the image; "same": zeros around it. Default "valid". */
  padding?: "valid" | "same";
  /** Only channels last are known, [batch, height, width, channels]. */
  dataFormat?: "channelsLast";
  /** Distance of neighbouring weights of the window; above 1 only with strides of 1. Default 1. */
  dilationRate?: number | number[];
}

/** One number for both axes, or two. */
function pair(layer: string, name: string, given: number | number[]): [number, number] {
  const values = typeof given === "number" ? [given, given] : given;
  if (!Array.isArray(values)) {
    throw new TypeError(`${layer}: expected ${name} to be one or two whole numbers above 0 but found ${kindOf(given)}.`);
  }
  if (values.length !== 2 || !values.every((value) => Number.isInteger(value) && value > 0)) {
    throw new RangeError(`${layer}: expected ${name} to be one or two whole numbers above 0 but found [${values}].`);
  }
  return [values[0], values[1]];
}

/**
 * The same window with its zeros between the weights written out. tfjs computes with a dilation rate but gives no gradient
 * for it.
 */
function dilate(kernel: tf.Tensor4D, [down, right]: [number, number]): tf.Tensor4D {
  if (down === 1 && right === 1) return kernel;
  const [height, width, inputs, outputs] = kernel.shape;
  const apart = tf.reshape(kernel, [height, 1, width, 1, inputs * outputs]);
  const spaced = tf.pad(apart, [[0, 0], [0, down - 1], [0, 0], [0, right - 1], [0, 0]]);
  const whole = tf.reshape(spaced, [height * down, width * right, inputs, outputs]);
  return tf.slice4d(whole as tf.Tensor4D, [0, 0, 0, 0], [(height - 1) * down + 1, (width - 1) * right + 1, inputs, outputs]);
}

/** A convolution of images with quantized weights: what QConv2D and QDepthwiseConv2D have in common. */
export abstract class QuantizedConvolution extends QuantizedKernelLayer {
  readonly kernelSize: [number, number];
  readonly strides: [number, number];
  readonly padding: "valid" | "same";
  readonly dilationRate: [number, number];

  constructor(name: string, args: ConvolutionArgs & KernelArgs, role: "kernel" | "depthwise") {
    super(args, role);
    const { kernelSize, strides = 1, padding = "valid", dataFormat = "channelsLast", dilationRate = 1 } = args;
    this.kernelSize = pair(name, "kernelSize", kernelSize);
    this.strides = pair(name, "strides", strides);
    this.dilationRate = pair(name, "dilationRate", dilationRate);
    this.padding = padding;
    if (padding !== "valid" && padding !== "same") {
      throw new RangeError(`${name}: expected padding to be "valid" or "same" but found "${String(padding)}".`);
    }
    if (dataFormat !== "channelsLast") {
      throw new RangeError(`${name}: expected the dataFormat channelsLast but found ${String(dataFormat)}.`);
    }
    if (Math.max(...this.strides) > 1 && Math.max(...this.dilationRate) > 1) {
      throw new RangeError(
        `${name}: expected strides or dilationRate to be 1 but found [${this.strides}] and [${this.dilationRate}].`,
      );
    }
  }

  /** Channels of the input, which a layer has to know to be built. */
  protected channelsOf(inputShape: tf.Shape | tf.Shape[]): number {
    const shape = onlyShape(inputShape);
    const channels = shape[3];
    if (shape.length !== 4 || !channels) {
      throw new TypeError(`${this.name}: expected an input [batch, height, width, channels] of known channels but found [${shape}].`);
    }
    return channels;
  }

  /** Channels of the output for those of the input. */
  protected abstract outputsOf(channels: number): number;

  /** Sums over the window, before bias and activation. */
  protected abstract convolve(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor;

  override call(inputs: tf.Tensor | tf.Tensor[], { training }: { training?: boolean } = {}): tf.Tensor {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor4D;
      const [kernel, bias] = this.quantizedWeights({ training });
      const sums = this.convolve(x, dilate(kernel as tf.Tensor4D, this.dilationRate));
      const y = bias ? tf.add(sums, bias) : sums;
      return this.activation ? this.activation.apply(y, { training }) : y;
    });
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [batch, ...sizes] = onlyShape(inputShape);
    const places = [0, 1].map((axis) => {
      const size = sizes[axis];
      if (size === null) return null;
      const window = (this.kernelSize[axis] - 1) * this.dilationRate[axis] + 1;
      return Math.ceil((this.padding === "same" ? size : size - window + 1) / this.strides[axis]);
    });
    return [batch, ...places, this.outputsOf(this.channelsOf(inputShape))];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { kernelSize, strides, padding, dilationRate } = this;
    return { ...super.getConfig(), kernelSize, strides, padding, dataFormat: "channelsLast", dilationRate };
  }
}
