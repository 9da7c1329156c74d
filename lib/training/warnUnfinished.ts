import type * as tf from "@tensorflow/tfjs";
import { pruningLayers } from "../pruning/pruningLayers.js";

/** Warns when a pruning schedule was cut short: the model is then less sparse than was asked for. */
export function warnUnfinished(model: tf.LayersModel, step: number): void {
  const [layer] = pruningLayers(model).filter(({ pruningSchedule }) => pruningSchedule.endStep > step);
  if (!layer) return;
  const { endStep } = layer.pruningSchedule;
  console.warn(`The pruning schedule ends at step ${endStep} but the training ended at step ${step}: the sparsity asked for is not reached.`);
}
