import type * as tf from "@tensorflow/tfjs";

/**
 * Gives a layer or model new weights as they are. `setWeights` would put them through the layer's
 * constraints, which Keras applies only after an update.
 *
 * @throws {TypeError} When number or shapes do not fit.
 */
export function assignWeights(target: tf.layers.Layer, weights: tf.Tensor[]): void {
  if (weights.length !== target.weights.length) {
    throw new TypeError(`Expected ${target.weights.length} weights for ${target.name} but found ${weights.length}.`);
  }
  target.weights.forEach((weight, i) => {
    if (weight.shape.join() !== weights[i].shape.join()) {
      throw new TypeError(`Expected shape [${weight.shape}] for ${weight.name} but found [${weights[i].shape}].`);
    }
    (weight.read() as tf.Variable).assign(weights[i]);
  });
}
