import * as tf from "@tensorflow/tfjs";
import { getQuantizer } from "../quantizers/getQuantizer.js";
import type { QuantizerIdentifier } from "../quantizers/getQuantizer.js";
import type { Quantizer } from "../quantizers/quantizer.js";
import { getActivation } from "./activation.js";
import type { Activation, ActivationIdentifier } from "./activation.js";
import { heNormal } from "./heNormal.js";
import { qInitializer } from "./qInitializer.js";
import type { Initializer } from "./qInitializer.js";

type Serialized = { className: string; config: tf.serialization.ConfigDict };

/** Arguments of `qDense`: those of Keras's Dense and the quantizers. */
export interface QDenseArgs {
  /** Size of the output, a whole number above 0. */
  units: number;
  /** Keras activation or quantizer. Default none. */
  activation?: ActivationIdentifier | null;
  /** Default true. */
  useBias?: boolean;
  /** Quantizer of the kernel; without alpha it becomes `auto_po2`, as in QKeras. Default none. */
  kernelQuantizer?: QuantizerIdentifier | null;
  /** Quantizer of the bias. Default none. */
  biasQuantizer?: QuantizerIdentifier | null;
  /** tfjs initializer or its name. Default "heNormal", as Keras draws it. */
  kernelInitializer?: Initializer | string | Serialized | null;
  /** Default "zeros". */
  biasInitializer?: Initializer | string | Serialized | null;
  /** Shape of the input without the batch, for a first layer. */
  inputShape?: number[];
  batchInputShape?: (number | null)[];
  name?: string;
  trainable?: boolean;
  dtype?: tf.DataType;
}

function getInitializer(identifier: Initializer | string | Serialized): Initializer {
  if (typeof identifier === "string") {
    const name = identifier.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (name === "heNormal") return heNormal();
    const factory = (tf.initializers as unknown as Record<string, ((args: object) => Initializer) | undefined>)[name];
    if (!factory) {
      throw new RangeError(`Expected the name of a Keras initializer, such as heNormal, but found "${identifier}".`);
    }
    return factory({});
  }
  if ("apply" in identifier) return identifier;
  const registered = tf.serialization.SerializationMap.getMap().classNameMap[identifier.className];
  if (!registered) throw new RangeError(`There is no initializer "${identifier.className}".`);
  const [cls, fromConfig] = registered;
  return fromConfig(cls, identifier.config) as unknown as Initializer;
}

const serialize = (object: Quantizer | Initializer | null): Serialized | null =>
  object && {
    className: "className" in object ? object.className : object.getClassName(),
    config: object.getConfig() as tf.serialization.ConfigDict,
  };

/** See `qDense`. */
export class QDense extends tf.layers.Layer {
  static readonly className = "QDense";
  readonly units: number;
  readonly useBias: boolean;
  /** What the kernel goes through at each call, or null. */
  readonly kernelQuantizer: Quantizer | null;
  /** What the bias goes through at each call, or null. */
  readonly biasQuantizer: Quantizer | null;
  readonly activation: Activation | null;
  private readonly kernelInitializer: Initializer;
  private readonly biasInitializer: Initializer;
  private kernel: tf.LayerVariable | null = null;
  private bias: tf.LayerVariable | null = null;
  /** Largest magnitude of each weight that has a quantizer. */
  private readonly limits = new Map<tf.LayerVariable, number>();

  constructor(args: QDenseArgs) {
    super(args as unknown as ConstructorParameters<typeof tf.layers.Layer>[0]);
    const { units, activation, useBias = true, kernelQuantizer, biasQuantizer } = args;
    if (!Number.isInteger(units) || units < 1) {
      throw new RangeError(`QDense: expected units to be a whole number above 0 but found ${units}.`);
    }
    this.units = units;
    this.useBias = useBias;
    this.kernelQuantizer = kernelQuantizer ? getQuantizer(kernelQuantizer).asKernelQuantizer() : null;
    this.biasQuantizer = biasQuantizer ? getQuantizer(biasQuantizer) : null;
    this.activation = activation ? getActivation(activation) : null;
    this.kernelInitializer = getInitializer(args.kernelInitializer ?? "heNormal");
    this.biasInitializer = getInitializer(args.biasInitializer ?? "zeros");
    this.supportsMasking = true;
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const shape = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as tf.Shape;
    const inputs = shape[shape.length - 1];
    if (inputs === null) throw new TypeError(`${this.name}: the last axis of the input must have a size, but the shape is [${shape}].`);
    this.kernel = this.add("kernel", [inputs, this.units], this.kernelInitializer, this.kernelQuantizer);
    if (this.useBias) this.bias = this.add("bias", [this.units], this.biasInitializer, this.biasQuantizer);
    this.built = true;
  }

  /** Adds a weight whose initial values suit its quantizer. */
  private add(name: string, shape: number[], initializer: Initializer, quantizer: Quantizer | null): tf.LayerVariable {
    // QKeras leaves zeros and automatic scales alone.
    const automatic = quantizer !== null && typeof quantizer.getConfig().alpha === "string";
    const wrapped = quantizer && !automatic && initializer.getClassName() !== "Zeros" ? qInitializer(initializer, quantizer) : initializer;
    type Weight = Parameters<tf.layers.Layer["addWeight"]>;
    const weight = this.addWeight(name, shape, "float32", wrapped as Weight[3], undefined, true);
    if (quantizer) this.limits.set(weight, Math.max(1, quantizer.max()));
    return weight;
  }

  /**
   * Brings the weights back into the range of their quantizers, as QKeras's constraint `Clip` does after
   * an update. It is no constraint of tfjs, for that one would also change weights that are loaded.
   */
  clipWeights(): void {
    tf.tidy(() => {
      for (const [weight, max] of this.limits) {
        const variable = weight.read() as tf.Variable;
        variable.assign(tf.clipByValue(variable, -max, max));
      }
    });
  }

  /** Largest magnitude that `clipWeights` leaves of a weight, or null where it leaves it alone. */
  limitOf(weight: tf.LayerVariable): number | null {
    return this.limits.get(weight) ?? null;
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

  /** Kernel [inputs, units] and bias [units] as the layer computes with them: quantized, in training maybe at random. */
  quantizedWeights(options: { training?: boolean } = {}): [tf.Tensor, tf.Tensor | undefined] {
    if (!this.kernel) throw new TypeError(`${this.name} has no weights yet: it learns the size of its input when it is built.`);
    const kernel = this.kernel.read();
    const bias = this.bias?.read();
    return [
      this.kernelQuantizer ? this.kernelQuantizer.apply(kernel, options) : kernel,
      bias && this.biasQuantizer ? this.biasQuantizer.apply(bias, options) : bias,
    ];
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shape = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as tf.Shape;
    return [...shape.slice(0, -1), this.units];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      units: this.units,
      activation: this.activation?.config as tf.serialization.ConfigDictValue ?? null,
      useBias: this.useBias,
      kernelQuantizer: serialize(this.kernelQuantizer),
      biasQuantizer: serialize(this.biasQuantizer),
      kernelInitializer: serialize(this.kernelInitializer),
      biasInitializer: serialize(this.biasInitializer),
    };
  }
}
tf.serialization.registerClass(QDense as unknown as tf.serialization.SerializableConstructor<QDense>);

/** The quantizer of a layer's i-th weight, kernel first, or null where it has none. */
export function weightQuantizer(layer: tf.layers.Layer, index: number): Quantizer | null {
  if (!(layer instanceof QDense)) return null;
  return index === 0 ? layer.kernelQuantizer : layer.biasQuantizer;
}

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
