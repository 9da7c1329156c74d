import type * as tf from "@tensorflow/tfjs";

/** Throws a TypeError when a layer of a model is still being pruned. */
export function refusePruned(model: tf.LayersModel): void {
  const pruned = model.layers.find((layer) => layer.getClassName() === "PruneLowMagnitude");
  if (pruned) throw new TypeError(`Expected a plain model but found ${pruned.name}: call stripPruning first.`);
}
