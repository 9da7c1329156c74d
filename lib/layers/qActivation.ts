import * as tf from "@tensorflow/tfjs";
import type { Quantizer } from "../quantizers/quantizer.js";
import { getActivation } from "./activation.js";
import type { Activation, ActivationIdentifier } from "./activation.js";

/** Arguments of `qActivation`. */
export interface QActivationArgs {
  /** Quantizer, or a Keras activation. */
  activation: ActivationIdentifier;
  inputShape?: number[];
  batchInputShape?: (number | null)[];
  name?: string;
  trainable?: boolean;
  dtype?: tf.DataType;
}

/** See `qActivation`. */
export class QActivation extends tf.layers.Layer {
  static readonly className = "QActivation";
  readonly activation: Activation;

  constructor(args: QActivationArgs) {
    super(args as unknown as ConstructorParameters<typeof tf.layers.Layer>[0]);
    if (!args.activation) throw new TypeError(`QActivation: expected an activation but found ${String(args.activation)}.`);
    this.activation = getActivation(args.activation);
    this.supportsMasking = true;
  }

  /** The quantizer, or null for a Keras activation. */
  get quantizer(): Quantizer | null {
    return this.activation.quantizer;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], { training }: { training?: boolean } = {}): tf.Tensor {
    return tf.tidy(() => this.activation.apply(Array.isArray(inputs) ? inputs[0] : inputs, { training }));
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape | tf.Shape[] {
    return inputShape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), activation: this.activation.config as tf.serialization.ConfigDictValue };
  }
}
tf.serialization.registerClass(QActivation as unknown as tf.serialization.SerializableConstructor<QActivation>);

/**
 * Quantizes activations (QKeras: `QActivation`). As the first layer it quantizes the input, which a model
 * needs that is meant to run in integers.
 *
 * @example
 * model.add(qActivation({ activation: "quantized_relu(8,4)" }));
 */
export function qActivation(args: QActivationArgs): QActivation {
  return new QActivation(args);
}
