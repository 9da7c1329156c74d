import * as tf from "@tensorflow/tfjs";
import { getQuantizer } from "../quantizers/getQuantizer.js";
import type { QuantizerIdentifier } from "../quantizers/getQuantizer.js";
import { type Quantizer } from "../quantizers/quantizer.js";

/** A Keras activation such as "relu", or a quantizer in any form. */
export type ActivationIdentifier = QuantizerIdentifier;

/** An activation that can be applied and written into a layer's config. */
export interface Activation {
  apply(x: tf.Tensor, options?: { training?: boolean }): tf.Tensor;
  /** The quantizer behind it, or null for a Keras activation. */
  quantizer: Quantizer | null;
  config: string | { className: string; config: Record<string, unknown> };
}

/** A name without arguments, such as "relu" or "hard_sigmoid", that is not one of a quantizer. */
const isKerasName = (identifier: unknown): identifier is string =>
  typeof identifier === "string" && /^(?!quantized_|binary$|ternary$|stochastic_|bernoulli$)\w+$/.test(identifier);

/**
 * Finds an activation: a bare name is one of Keras's, anything else a quantizer.
 *
 * @throws {RangeError | SyntaxError} When there is no such activation.
 */
export function getActivation(identifier: ActivationIdentifier): Activation {
  if (isKerasName(identifier)) {
    // tfjs exports its activations only as layers.
    const name = identifier.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    const layer = tf.layers.activation({ activation: name as "relu" }) as unknown as {
      activation: { apply(x: tf.Tensor): tf.Tensor };
    };
    return { apply: (x) => layer.activation.apply(x), quantizer: null, config: identifier };
  }
  const quantizer = getQuantizer(identifier);
  return {
    apply: (x, options) => quantizer.apply(x, options),
    quantizer,
    config: { className: quantizer.className, config: quantizer.getConfig() },
  };
}
