import * as tf from "@tensorflow/tfjs";
import { PruneLowMagnitude } from "./pruneLowMagnitudeLayer.js";

/** Layers of a model, and of the models inside of it, that are pruned while it trains. */
export const pruningLayers = (model: tf.LayersModel): PruneLowMagnitude[] =>
  model.layers.flatMap((layer) => {
    if (layer instanceof PruneLowMagnitude) return [layer];
    return layer instanceof tf.LayersModel ? pruningLayers(layer) : [];
  });
