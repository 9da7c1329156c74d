import type * as tf from "@tensorflow/tfjs";
import { getQuantizer } from "../quantizers/getQuantizer.js";
import type { QuantizerIdentifier } from "../quantizers/getQuantizer.js";
import type { Quantizer } from "../quantizers/quantizer.js";
import { getActivation } from "./activation.js";
import type { Activation, ActivationIdentifier } from "./activation.js";
import { QuantizedLayer } from "./quantizedLayer.js";
import type { LayerArgs } from "./quantizedLayer.js";
import type { Initializer } from "./qInitializer.js";
import { getInitializer, getRegularizer, serialize } from "./serialized.js";
import type { Regularizer, Serialized } from "./serialized.js";

/** What the arguments of all layers with a kernel and a bias have in common. */
export interface QuantizedKernelArgs extends LayerArgs {
  /** Keras activation or quantizer. Default none. */
  activation?: ActivationIdentifier | null;
  /** Default true. */
  useBias?: boolean;
  /** Quantizer of the bias. Default none. */
  biasQuantizer?: QuantizerIdentifier | null;
  /** tfjs initializer or its name. Default "zeros". */
  biasInitializer?: Initializer | string | Serialized | null;
  /** tfjs regularizer or its name; it sees the float32 weights. Default none. */
  biasRegularizer?: Regularizer | string | Serialized | null;
}

/** What a layer's arguments say of its kernel; QDepthwiseConv2D calls it by other names. */
export interface KernelArgs {
  /** Quantizer of the kernel; without alpha it becomes `auto_po2`, as in QKeras. Default none. */
  kernelQuantizer?: QuantizerIdentifier | null;
  /** tfjs initializer or its name. Default "heNormal", as Keras draws it. */
  kernelInitializer?: Initializer | string | Serialized | null;
  /** tfjs regularizer or its name; it sees the float32 weights. Default none. */
  kernelRegularizer?: Regularizer | string | Serialized | null;
}

/** A layer with a quantized kernel and bias: what QDense, QConv2D and QDepthwiseConv2D have in common. */
export abstract class QuantizedKernelLayer extends QuantizedLayer {
  readonly useBias: boolean;
  /** What the kernel goes through at each call, or null. */
  readonly kernelQuantizer: Quantizer | null;
  /** What the bias goes through at each call, or null. */
  readonly biasQuantizer: Quantizer | null;
  readonly activation: Activation | null;
  protected kernel: tf.LayerVariable | null = null;
  protected bias: tf.LayerVariable | null = null;
  private readonly kernelInitializer: Initializer;
  private readonly biasInitializer: Initializer;
  private readonly kernelRegularizer: Regularizer | null;
  private readonly biasRegularizer: Regularizer | null;

  /** @param role What weight and arguments of the kernel are called, as in `kernelQuantizer`. */
  constructor(args: QuantizedKernelArgs & KernelArgs, private readonly role: "kernel" | "depthwise" = "kernel") {
    super(args);
    const { activation, useBias = true, kernelQuantizer, biasQuantizer } = args;
    this.useBias = useBias;
    this.kernelQuantizer = kernelQuantizer ? getQuantizer(kernelQuantizer).asKernelQuantizer() : null;
    this.biasQuantizer = biasQuantizer ? getQuantizer(biasQuantizer) : null;
    this.activation = activation ? getActivation(activation) : null;
    this.kernelInitializer = getInitializer(args.kernelInitializer ?? "heNormal");
    this.biasInitializer = getInitializer(args.biasInitializer ?? "zeros");
    this.kernelRegularizer = getRegularizer(args.kernelRegularizer);
    this.biasRegularizer = getRegularizer(args.biasRegularizer);
  }

  /** Adds kernel and, if wanted, bias. */
  protected addKernel(shape: number[], outputs: number): void {
    const name = this.role === "kernel" ? "kernel" : "depthwise_kernel";
    this.kernel = this.addQuantized(name, shape, this.kernelInitializer, this.kernelQuantizer, this.kernelRegularizer);
    if (this.useBias) this.bias = this.addQuantized("bias", [outputs], this.biasInitializer, this.biasQuantizer, this.biasRegularizer);
    this.built = true;
  }

  /** Kernel and bias [outputs] as the layer computes with them: quantized, in training maybe at random. */
  quantizedWeights(options: { training?: boolean } = {}): [tf.Tensor, tf.Tensor | undefined] {
    if (!this.kernel) throw new TypeError(`${this.name} has no weights yet: it learns the size of its input when it is built.`);
    const kernel = this.kernel.read();
    const bias = this.bias?.read();
    return [
      this.kernelQuantizer ? this.kernelQuantizer.apply(kernel, options) : kernel,
      bias && this.biasQuantizer ? this.biasQuantizer.apply(bias, options) : bias,
    ];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { role, kernelRegularizer, biasRegularizer } = this;
    return {
      ...super.getConfig(),
      activation: this.activation?.config as tf.serialization.ConfigDictValue ?? null,
      useBias: this.useBias,
      [`${role}Quantizer`]: serialize(this.kernelQuantizer),
      biasQuantizer: serialize(this.biasQuantizer),
      [`${role}Initializer`]: serialize(this.kernelInitializer),
      biasInitializer: serialize(this.biasInitializer),
      ...(kernelRegularizer && { [`${role}Regularizer`]: serialize(kernelRegularizer) }),
      ...(biasRegularizer && { biasRegularizer: serialize(biasRegularizer) }),
    };
  }
}

/** The quantizer of a layer's i-th weight, kernel first, or null where it has none. */
export function weightQuantizer(layer: tf.layers.Layer, index: number): Quantizer | null {
  if (!(layer instanceof QuantizedKernelLayer)) return null;
  return index === 0 ? layer.kernelQuantizer : layer.biasQuantizer;
}
