import * as tf from "@tensorflow/tfjs";
import { modelOutputs } from "../network/describeNetwork.js";
import { plainLayer } from "../pruning/pruneLowMagnitudeLayer.js";

/** The layer that a model's output comes from, the first one where it puts several together: not a model, not a wrapper. */
function lastLayer(outer: tf.layers.Layer): tf.layers.Layer {
  const layer = plainLayer(outer);
  if (layer instanceof tf.Sequential) return lastLayer(layer.layers[layer.layers.length - 1]);
  return layer instanceof tf.LayersModel ? lastLayer(modelOutputs(layer)[0].sourceLayer) : layer;
}

/** What turns logits into what a layer or model gives, where it is a function of Keras's: "softmax", "sigmoid", … */
export function endingOf(model: tf.layers.Layer): unknown {
  const layer = lastLayer(model);
  return layer.getClassName() === "Softmax" ? "softmax" : layer.getConfig().activation;
}

/** Whether what a layer or model gives has gone through a softmax. */
export const endsInSoftmax = (model: tf.layers.Layer): boolean => endingOf(model) === "softmax";

const { activation: linear } = tf.layers.activation({ activation: "linear" }) as unknown as { activation: object };

/** Runs a function while a model that ends in a softmax gives its logits instead. */
export function withoutSoftmax<T>(model: tf.LayersModel, run: () => T): T {
  const layer = lastLayer(model) as tf.layers.Layer & { activation: object | null };
  const className = layer.getClassName();
  if (["Softmax", "Activation", "QActivation"].includes(className)) {
    layer.call = (inputs) => (Array.isArray(inputs) ? inputs[0] : inputs);
    try {
      return run();
    } finally {
      // What comes to light again is the method of the class.
      Reflect.deleteProperty(layer, "call");
    }
  }
  const { activation } = layer;
  // A layer of the library's own has none where one of TensorFlow.js's has a linear one.
  layer.activation = className === "Dense" ? linear : null;
  try {
    return run();
  } finally {
    layer.activation = activation;
  }
}
