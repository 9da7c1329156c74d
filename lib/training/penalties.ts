import * as tf from "@tensorflow/tfjs";
import { plainLayer } from "../pruning/pruneLowMagnitudeLayer.js";

type L1L2 = { l1: number; l2: number; apply: (this: L1L2, weight: tf.Tensor) => tf.Scalar };

const { prototype } = tf.regularizers.l1().constructor as unknown as { prototype: L1L2 };

/** `l1 · Σ|w| + l2 · Σw²`. The slope of |w| at 0 is 0, as in Keras and the kernels; tfjs's own is -1, for abs. */
function penalty(this: L1L2, weight: tf.Tensor): tf.Scalar {
  return tf.tidy(() => {
    const magnitudes = tf.mul(this.l1, tf.mul(weight, tf.sign(weight)));
    return tf.add(tf.sum(magnitudes), tf.sum(tf.mul(this.l2, tf.square(weight))));
  });
}

const lossesOf = (model: tf.LayersModel): tf.Scalar[] =>
  [...new Set(model.layers.map(plainLayer))].flatMap((layer) =>
    layer instanceof tf.LayersModel ? lossesOf(layer) : layer.calculateLosses(),
  );

/**
 * The penalties of the regularizers of a model's weights, those of models inside of it too (Keras: `Model.losses`).
 * tfjs's own `calculateLosses` leaves out the weights of a sequential model inside of another.
 */
export function penalties(model: tf.LayersModel): tf.Scalar[] {
  const { apply } = prototype;
  prototype.apply = penalty;
  try {
    return lossesOf(model);
  } finally {
    prototype.apply = apply;
  }
}
