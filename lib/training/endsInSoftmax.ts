import * as tf from "@tensorflow/tfjs";
import { plainLayer } from "../pruning/pruneLowMagnitudeLayer.js";

/** Whether what a layer or model gives has gone through a softmax. */
export function endsInSoftmax(outer: tf.layers.Layer): boolean {
  const layer = plainLayer(outer);
  if (layer instanceof tf.Sequential) return endsInSoftmax(layer.layers[layer.layers.length - 1]);
  if (layer instanceof tf.LayersModel) return endsInSoftmax(layer.outputs[0].sourceLayer);
  return layer.getClassName() === "Softmax" || layer.getConfig().activation === "softmax";
}
