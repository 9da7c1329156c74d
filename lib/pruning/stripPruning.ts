import * as tf from "@tensorflow/tfjs";
import { assignWeights } from "../layers/assignWeights.js";
import { cloneModel } from "../layers/cloneModel.js";
import type { LayerConfig } from "../layers/cloneModel.js";
import { kernelOf, PruneLowMagnitude } from "./pruneLowMagnitudeLayer.js";

/**
 * Makes the plain model again after pruning: the same layers as before, masked weights zero
 * (TFMOT: `strip_pruning`).
 *
 * @param model A model made by `pruneLowMagnitude`; it stays as it is.
 * @returns A model that is not compiled.
 */
export function stripPruning(model: tf.LayersModel): tf.LayersModel {
  return cloneModel(
    model,
    (config, layer) =>
      layer instanceof PruneLowMagnitude
        ? { className: layer.layer.getClassName(), config: layer.layer.getConfig() as LayerConfig["config"] }
        : config,
    (from, to) => {
      if (!(from instanceof PruneLowMagnitude)) return assignWeights(to, from.getWeights());
      assignWeights(to, from.layer.getWeights());
      const kernel = kernelOf(to) as tf.LayerVariable;
      tf.tidy(() => (kernel.read() as tf.Variable).assign(tf.mul(kernel.read(), tf.tensor(from.maskValues(), kernel.shape as number[]))));
    },
  );
}
