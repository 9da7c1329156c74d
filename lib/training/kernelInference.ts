import type * as tf from "@tensorflow/tfjs";
import { describeNetwork } from "../network/describeNetwork.js";
import { UnsupportedModel } from "../network/unsupportedModel.js";
import { NetworkTrainer } from "../wasm/networkTrainer.js";
import { isOfLogits } from "../network/loss.js";
import type { Loss } from "../network/loss.js";

const BATCH = 128; // small enough for the processor's cache

/**
 * A model in the kernels' memory, to run it forward.
 *
 * @param count How many samples there are.
 * @param batchSize Samples that go through at a time. Default 128.
 * @param logits Whether a softmax at the end is left away. Default whether the loss wants it.
 * @returns null when the kernels do not know all of the model.
 */
export function kernelInference(
  model: tf.LayersModel,
  loss: Loss,
  count: number,
  batchSize: number = BATCH,
  logits: boolean = isOfLogits(loss),
): NetworkTrainer | null {
  try {
    const { network } = describeNetwork(model, { trainable: false, logits, branches: loss.kind === "weightedSum" });
    return new NetworkTrainer(network, { loss, rule: { kind: "sgd" }, batchSize: Math.max(1, Math.min(batchSize, count)), countsCorrect: true });
  } catch (error) {
    if (error instanceof UnsupportedModel) return null;
    throw error;
  }
}
