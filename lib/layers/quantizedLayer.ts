import * as tf from "@tensorflow/tfjs";
import type { Quantizer } from "../quantizers/quantizer.js";
import { qInitializer } from "./qInitializer.js";
import type { Initializer } from "./qInitializer.js";
import type { Regularizer } from "./serialized.js";

/** Arguments of any layer. */
export interface LayerArgs {
  /** Shape of the input without the batch, for a first layer. */
  inputShape?: number[];
  batchInputShape?: (number | null)[];
  name?: string;
  trainable?: boolean;
  dtype?: tf.DataType;
}

type Weight = Parameters<tf.layers.Layer["addWeight"]>;

/** The shape of a layer's only input. */
export const onlyShape = (shape: tf.Shape | tf.Shape[]): tf.Shape => (Array.isArray(shape[0]) ? shape[0] : shape) as tf.Shape;

/** A layer that trains float32 weights and computes with quantized ones. */
export abstract class QuantizedLayer extends tf.layers.Layer {
  /** Largest magnitude of each weight that has a quantizer. */
  private readonly limits = new Map<tf.LayerVariable, number>();

  constructor(args: LayerArgs) {
    super(args as unknown as ConstructorParameters<typeof tf.layers.Layer>[0]);
    this.supportsMasking = true;
  }

  /** Adds a weight that is trained and whose initial values suit its quantizer. */
  protected addQuantized(
    name: string,
    shape: number[],
    initializer: Initializer,
    quantizer: Quantizer | null,
    regularizer: Regularizer | null = null,
  ): tf.LayerVariable {
    // QKeras leaves zeros, ones and automatic scales alone.
    const automatic = quantizer !== null && typeof quantizer.getConfig().alpha === "string";
    const drawn = !["Zeros", "Ones"].includes(initializer.getClassName());
    const wrapped = quantizer && !automatic && drawn ? qInitializer(initializer, quantizer) : initializer;
    const weight = this.addWeight(name, shape, "float32", wrapped as Weight[3], (regularizer ?? undefined) as Weight[4], true);
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
}
