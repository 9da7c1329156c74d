import * as tf from "@tensorflow/tfjs";
import { pruningLayers } from "../pruning/pruningLayers.js";
import { withoutSoftmax } from "./endsInSoftmax.js";
import { seedDropout } from "./seedDropout.js";
import type { TrainingPass } from "./seedDropout.js";

export type { TrainingPass } from "./seedDropout.js";

/**
 * Runs a batch through a model.
 *
 * A sequential model's layers are called one after the other, which costs a third of the calls that
 * `predict` makes. Dropout draws a new mask at each step from the seed.
 *
 * @param pass Given in training only.
 * @param leavesSoftmax Whether the model ends in a softmax that is to be left away.
 */
export function forward(model: tf.LayersModel, x: tf.Tensor, pass?: TrainingPass, leavesSoftmax = false): tf.Tensor {
  const pruned = pass ? pruningLayers(model) : [];
  for (const layer of pruned) layer.keepsMask = true;
  try {
    return leavesSoftmax ? withoutSoftmax(model, () => run(model, x, pass)) : run(model, x, pass);
  } finally {
    for (const layer of pruned) layer.keepsMask = false;
  }
}

function run(model: tf.LayersModel, x: tf.Tensor, pass?: TrainingPass): tf.Tensor {
  const training = pass !== undefined;
  const call = (): tf.Tensor => {
    if (!(model instanceof tf.Sequential)) return model.apply(x, { training }) as tf.Tensor;
    let h = x;
    for (const layer of model.layers) {
      if (layer.getClassName() === "InputLayer") continue;
      const y = layer.call(h, { training });
      // A model inside of this one gives a list.
      h = Array.isArray(y) ? y[0] : y;
    }
    return h;
  };
  return pass ? seedDropout(model, pass, call) : call();
}
