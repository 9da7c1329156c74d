import * as tf from "@tensorflow/tfjs";

/** What `model.compile` left for training. */
export interface Compiled {
  optimizer: tf.Optimizer;
  loss: (yTrue: tf.Tensor, yPred: tf.Tensor) => tf.Tensor;
  /** Name of the loss as Keras spells it in TypeScript, or "" for a function. */
  lossName: string;
  hasAccuracy: boolean;
}

/**
 * Reads loss, optimizer and metrics of a compiled model.
 *
 * @throws {TypeError} When the model is not compiled, has several outputs, or a metric other than accuracy.
 */
export function compiled(model: tf.LayersModel): Compiled {
  // A sequential model keeps what it was compiled with in the functional model inside it.
  const holder = model instanceof tf.Sequential ? (model as unknown as { model?: tf.LayersModel }).model : model;
  const { optimizer, loss, lossFunctions, metrics } = (holder ?? model) as unknown as {
    optimizer?: tf.Optimizer;
    loss: unknown;
    lossFunctions?: Compiled["loss"][];
    metrics?: string | unknown[];
  };
  if (!optimizer || !lossFunctions) {
    throw new TypeError('The model is not compiled: call model.compile({optimizer, loss, metrics: ["accuracy"]}) first.');
  }
  if (lossFunctions.length !== 1 || model.inputs.length !== 1) {
    throw new TypeError(`Expected a model with one input and one output but found ${model.inputs.length} and ${lossFunctions.length}.`);
  }
  const names = typeof metrics === "string" ? [metrics] : (metrics ?? []);
  const unknown = names.filter((name) => name !== "accuracy" && name !== "acc");
  if (unknown.length > 0) throw new TypeError(`Expected the metric "accuracy" or none but found ${unknown.map(String).join(", ")}.`);
  return { optimizer, loss: lossFunctions[0], lossName: typeof loss === "string" ? loss : "", hasAccuracy: names.length > 0 };
}
