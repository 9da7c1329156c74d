import * as tf from "@tensorflow/tfjs";
import { dropoutKey, dropoutMask } from "../network/dropoutMask.js";

/** What a forward pass for training needs to be reproducible. */
export interface TrainingPass {
  seed: number;
  step: number;
}

type Dropout = tf.layers.Layer & { rate: number; getNoiseShape(input: tf.Tensor): number[] | null | undefined };

/** Dropout layers of a model, of models inside of it and of wrapped layers, each once. */
function dropoutLayers(layer: tf.layers.Layer): Set<Dropout> {
  if (["Dropout", "SpatialDropout1D"].includes(layer.getClassName())) return new Set([layer as Dropout]);
  const inner = layer instanceof tf.LayersModel ? layer.layers : [(layer as { layer?: tf.layers.Layer }).layer ?? []].flat();
  return new Set(inner.flatMap((each) => [...dropoutLayers(each)]));
}

/**
 * Runs a forward pass in which each dropout layer draws its mask from the seed and the step, as the kernels do; tfjs's
 * own would draw any, or with a seed of its own the same one at each step.
 */
export function seedDropout<T>(model: tf.LayersModel, { seed, step }: TrainingPass, run: () => T): T {
  const layers = dropoutLayers(model);
  let index = 0;
  for (const layer of layers) {
    const { rate } = layer;
    layer.call = (inputs) => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const shape = layer.getNoiseShape(x) ?? x.shape;
      const size = shape.reduce((a, b) => a * b, 1);
      const mask = dropoutMask(size, dropoutKey(seed, step, index++), rate);
      return tf.mul(x, tf.tensor(mask, shape));
    };
  }
  try {
    return run();
  } finally {
    // What comes to light again is the method of the class.
    for (const layer of layers) Reflect.deleteProperty(layer, "call");
  }
}
