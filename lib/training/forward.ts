import * as tf from "@tensorflow/tfjs";
import { dropoutKey, dropoutMask } from "../network/dropoutMask.js";
import { pruningLayers } from "../pruning/pruningLayers.js";

/** What a forward pass for training needs to be reproducible. */
export interface TrainingPass {
  seed: number;
  step: number;
}

/**
 * Runs a batch through a model.
 *
 * A sequential model's layers are called one after the other, which costs a third of the calls that
 * `predict` makes. Dropout draws a new mask at each step from the seed; tfjs's own layer would draw
 * the same one each time as soon as it has a seed.
 *
 * @param pass Given in training only.
 */
export function forward(model: tf.LayersModel, x: tf.Tensor, pass?: TrainingPass): tf.Tensor {
  const pruned = pass ? pruningLayers(model) : [];
  for (const layer of pruned) layer.keepsMask = true;
  try {
    return run(model, x, pass);
  } finally {
    for (const layer of pruned) layer.keepsMask = false;
  }
}

function run(model: tf.LayersModel, x: tf.Tensor, pass?: TrainingPass): tf.Tensor {
  const training = pass !== undefined;
  if (!(model instanceof tf.Sequential)) return model.apply(x, { training }) as tf.Tensor;
  let h = x;
  let dropouts = 0;
  model.layers.forEach((layer) => {
    if (layer.getClassName() === "InputLayer") return;
    if (pass && layer.getClassName() === "Dropout") {
      const { rate } = layer.getConfig() as { rate: number };
      const mask = dropoutMask(h.size, dropoutKey(pass.seed, pass.step, dropouts++), rate);
      h = tf.mul(h, tf.tensor(mask, h.shape));
      return;
    }
    const y = layer.call(h, { training });
    // A model inside of this one gives a list.
    h = Array.isArray(y) ? y[0] : y;
  });
  return h;
}
