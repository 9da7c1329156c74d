import type * as tf from "@tensorflow/tfjs";
import { slotLists, variableOf } from "./optimizerSlots.js";

/** The model that an optimizer has trained; what it remembers is of this model's weights. */
const owners = new WeakMap<tf.Optimizer, tf.LayersModel>();

/**
 * Makes an optimizer that was loaded together with its model, or used by tfjs's own `fit`, remember by the names that the
 * weights have here.
 */
function adoptSlots(model: tf.LayersModel, optimizer: tf.Optimizer): void {
  const { weights, trainableWeights } = model;
  const names = new Set(weights.map(({ name }) => name));
  for (const list of slotLists(optimizer)) {
    const slots = list.filter((slot) => slot !== undefined);
    if (slots.some((slot) => names.has(variableOf(slot)))) continue;
    const fits = trainableWeights.every(({ shape }, i) => slots[i]?.variable.shape.join() === shape.join());
    if (!fits || slots.length !== trainableWeights.length) {
      throw new Error(`The optimizer of ${model.name} has trained another model: compile ${model.name} with a new one.`);
    }
    slots.forEach((slot, i) => {
      slot.originalName = trainableWeights[i].name + slot.originalName.slice(variableOf(slot).length);
    });
  }
}

/**
 * Notes that an optimizer trains a model. What it remembers of one model's weights would spoil another's.
 *
 * @throws {Error} When it has trained another model.
 */
export function claimOptimizer(model: tf.LayersModel, optimizer: tf.Optimizer): void {
  const owner = owners.get(optimizer);
  if (owner === model) return;
  if (owner) {
    const cure = "compile each model with an optimizer of its own";
    throw new Error(`The optimizer of ${model.name} is that of ${owner.name} and remembers its weights: ${cure}.`);
  }
  adoptSlots(model, optimizer);
  owners.set(optimizer, model);
}
