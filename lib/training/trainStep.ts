import * as tf from "@tensorflow/tfjs";
import { QuantizedLayer } from "../layers/quantizedLayer.js";
import { plainLayer } from "../pruning/pruneLowMagnitudeLayer.js";
import { pruningLayers } from "../pruning/pruningLayers.js";
import { renewMasks } from "../pruning/renewMasks.js";
import type { Compiled } from "./compiled.js";
import { countCorrect } from "../network/countCorrect.js";
import { forward } from "./forward.js";
import { hasNaN } from "./hasNaN.js";
import type { StepResult } from "./engine.js";
import { meanLoss } from "./meanLoss.js";
import { alignSlots } from "./optimizerSlots.js";
import { penalties } from "./penalties.js";
import type { TrainingPass } from "./forward.js";

/** Brings the trained weights of quantized layers back into their range. */
function clipWeights(model: tf.LayersModel): void {
  for (const outer of model.layers) {
    const layer = plainLayer(outer);
    if (!outer.trainable || !layer.trainable) continue;
    if (layer instanceof QuantizedLayer) layer.clipWeights();
    if (layer instanceof tf.LayersModel) clipWeights(layer);
  }
}

/** Keeps weights where constraints and quantizers want them; tfjs's own training leaves that out. */
function applyConstraints(model: tf.LayersModel): void {
  clipWeights(model);
  for (const weight of model.trainableWeights) {
    const { constraint } = weight;
    const variable = weight.read() as tf.Variable;
    if (constraint) variable.assign(constraint.apply(variable));
  }
}

/**
 * One step of training on one batch: masks, forward pass, gradients, update, constraints, masks.
 *
 * The order is that of TFMOT and Keras: a mask that is due is renewed and applied before the forward
 * pass; the optimizer then updates all weights. In the "exact" behaviour masked weights are put back to
 * zero at once, in the "tfmot" one at the next forward pass.
 *
 * @param x [batch, …]
 * @param y [batch, …]
 * @param pass `step` counts from 1, over all epochs.
 * @param sampleWeights [batch], what each sample counts in the loss; null for 1.
 */
export function trainStep(
  model: tf.LayersModel,
  compiled: Compiled,
  x: tf.Tensor,
  y: tf.Tensor,
  pass: TrainingPass,
  sampleWeights: Float32Array | null = null,
): StepResult {
  const pruned = pruningLayers(model);
  renewMasks(pruned, pass.step);
  const weights = model.trainableWeights;
  const result = tf.tidy(() => {
    let outputs: tf.Tensor | undefined;
    const totalLoss = (): tf.Scalar => {
      outputs = tf.keep(forward(model, x, pass, compiled.leavesSoftmax));
      const loss = meanLoss(compiled.loss(y, outputs), sampleWeights);
      return penalties(model).reduce((sum, penalty) => tf.add(sum, penalty), loss) as tf.Scalar;
    };
    const variables = weights.map((weight) => weight.read() as tf.Variable);
    // Where all is frozen there are losses only, as in Keras.
    const { value, grads } = variables.length > 0 ? tf.variableGrads(totalLoss, variables) : { value: totalLoss(), grads: {} };
    alignSlots(compiled.optimizer, weights);
    compiled.optimizer.applyGradients(grads);
    applyConstraints(model);
    const correct = compiled.hasAccuracy && outputs ? countCorrect(outputs.dataSync(), y.dataSync(), x.shape[0], compiled.classes) : 0;
    const loss = outputs && hasNaN(outputs) ? NaN : value.dataSync()[0];
    outputs?.dispose();
    return { loss, correct };
  });
  for (const layer of pruned) if (layer.behaviour === "exact") layer.maskWeights();
  return result;
}
