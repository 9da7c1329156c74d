import type * as tf from "@tensorflow/tfjs";
import { checkModel } from "./checkModel.js";

/** Throws a TypeError when a layer of a model is still being pruned, or when it is no model. */
export function refusePruned(model: tf.LayersModel): void {
  checkModel(model);
  const pruned = model.layers.find((layer) => layer.getClassName() === "PruneLowMagnitude");
  if (pruned) throw new TypeError(`Expected a plain model but found ${pruned.name}: call stripPruning first.`);
}
