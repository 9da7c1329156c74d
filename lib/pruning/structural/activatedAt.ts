import type * as tf from "@tensorflow/tfjs";
import { plainLayer } from "../pruneLowMagnitudeLayer.js";

const activations: readonly string[] = [
  "Activation", "ReLU", "LeakyReLU", "ELU", "ThresholdedReLU", "PReLU", "Softmax", "QActivation",
];
const passed: readonly string[] = [
  "BatchNormalization", "QBatchNormalization", "Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "MaxPooling2D", "AveragePooling2D",
];

/**
 * Where the activated outputs of a layer's units are: its own, or those of the activation layer that follows it, with
 * normalization, dropout or pooling between them or not.
 *
 * @param chain Layers that follow each other.
 * @param index Of a layer with units.
 * @returns The index of the layer that gives them, their last axis being the units.
 */
export function activatedAt(chain: readonly tf.layers.Layer[], index: number): number {
  let at = index;
  for (let i = index + 1; i < chain.length; i++) {
    const className = plainLayer(chain[i]).getClassName();
    if (activations.includes(className)) at = i;
    else if (!passed.includes(className)) break;
  }
  return at;
}
