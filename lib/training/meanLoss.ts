import * as tf from "@tensorflow/tfjs";

/**
 * The mean of a batch's losses, each multiplied by what its sample counts (Keras: `sum_over_batch_size`).
 *
 * @param losses [batch], or a mean already.
 * @param weights [batch], or null for 1 each.
 * @throws {TypeError} When there are weights and the loss function gives no number a sample.
 */
export function meanLoss(losses: tf.Tensor, weights: Float32Array | null): tf.Scalar {
  if (!weights) return tf.mean(losses);
  if (losses.rank !== 1) {
    throw new TypeError(`Sample weights need a loss that gives a number a sample, but it gives the shape [${losses.shape}].`);
  }
  return tf.mean(tf.mul(losses, tf.tensor1d(weights)));
}
