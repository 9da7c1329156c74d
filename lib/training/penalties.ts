import * as tf from "@tensorflow/tfjs";
import { plainLayer } from "../pruning/pruneLowMagnitudeLayer.js";

/**
 * The penalties of the regularizers of a model's weights, those of models inside of it too (Keras: `Model.losses`).
 * tfjs's own `calculateLosses` leaves out the weights of a sequential model inside of another.
 */
export function penalties(model: tf.LayersModel): tf.Scalar[] {
  return [...new Set(model.layers.map(plainLayer))].flatMap((layer) =>
    layer instanceof tf.LayersModel ? penalties(layer) : layer.calculateLosses(),
  );
}
