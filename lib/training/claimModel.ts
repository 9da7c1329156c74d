import type * as tf from "@tensorflow/tfjs";

const inTraining = new WeakSet<tf.LayerVariable>();

/**
 * Keeps a model's weights for one training: two at once would overwrite each other's.
 *
 * @returns Gives them free again.
 * @throws {Error} When a training that has not ended has one of them.
 */
export function claimModel(model: tf.LayersModel): () => void {
  const { weights } = model;
  if (weights.some((weight) => inTraining.has(weight))) {
    const who = `${model.name} is being trained already, or a model that shares its weights`;
    throw new Error(`${who}: wait until that training has ended.`);
  }
  for (const weight of weights) inTraining.add(weight);
  return () => weights.forEach((weight) => inTraining.delete(weight));
}
