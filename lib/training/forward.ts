import * as tf from "@tensorflow/tfjs";

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
  const training = pass !== undefined;
  if (!(model instanceof tf.Sequential)) return model.apply(x, { training }) as tf.Tensor;
  let h = x;
  model.layers.forEach((layer, index) => {
    if (layer.getClassName() === "InputLayer") return;
    if (pass && layer.getClassName() === "Dropout") {
      const { rate } = layer.getConfig() as { rate: number };
      if (rate > 0) h = tf.dropout(h, rate, undefined, `${pass.seed}/${pass.step}/${index}`);
      return;
    }
    h = layer.call(h, { training }) as tf.Tensor;
  });
  return h;
}
