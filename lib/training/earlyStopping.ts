import * as tf from "@tensorflow/tfjs";
import { assignWeights } from "../layers/assignWeights.js";
import type { FitCallback } from "./fitOptions.js";

/** Arguments of `earlyStopping`. */
export interface EarlyStoppingArgs {
  /** Which of the logs is watched, such as "loss" or "val_accuracy". Default "val_loss". */
  monitor?: string;
  /** How many epochs without an improvement are waited for, a whole number of 0 or more. Default 0. */
  patience?: number;
  /** A change of no more than this is no improvement. Default 0. */
  minDelta?: number;
  /** Whether less or more is better; "auto" is "max" where the name ends in "acc", "accuracy" or "auc". Default "auto". */
  mode?: "auto" | "min" | "max";
  /** Whether the model ends with the weights of the best epoch instead of the last. Default false. */
  restoreBestWeights?: boolean;
}

function checkArgs({ patience = 0, minDelta = 0, mode = "auto" }: EarlyStoppingArgs): void {
  if (!Number.isInteger(patience) || patience < 0) {
    throw new RangeError(`Expected patience to be a whole number of 0 or more but found ${patience}.`);
  }
  if (!Number.isFinite(minDelta)) throw new RangeError(`Expected minDelta to be a finite number but found ${minDelta}.`);
  if (!["auto", "min", "max"].includes(mode)) {
    throw new RangeError(`Expected mode to be "auto", "min" or "max" but found ${JSON.stringify(mode)}.`);
  }
}

/**
 * A callback that ends a training when a metric has not improved for some epochs.
 *
 * Matches `tf.keras.callbacks.EarlyStopping` of Keras 2: the weights come back when the training ends by itself or early,
 * not when it fails, and the optimizer stays where it is. It can be used for one training after another.
 *
 * @throws {RangeError} When an argument is out of range.
 * @example
 * const callbacks = earlyStopping({ monitor: "val_loss", patience: 3, restoreBestWeights: true });
 * await fit(model, train.x, train.y, { epochs: 100, validationSplit: 0.1, callbacks });
 */
export function earlyStopping(args: EarlyStoppingArgs = {}): FitCallback {
  checkArgs(args);
  const { monitor = "val_loss", patience = 0, minDelta = 0, mode = "auto", restoreBestWeights = false } = args;
  const sign = mode === "max" || (mode === "auto" && /(acc|accuracy|auc)$/.test(monitor)) ? -1 : 1; // less is better
  let model: tf.LayersModel | undefined;
  let best = Infinity;
  let bestWeights: Float32Array[] | null = null;
  let wait = 0;
  let hasWarned = false;
  const keepWeights = (): void => {
    if (restoreBestWeights) bestWeights = model?.weights.map((weight) => Float32Array.from(weight.read().dataSync())) ?? null;
  };
  return {
    setModel(trained) {
      model = trained;
    },
    onTrainBegin() {
      [best, bestWeights, wait, hasWarned] = [Infinity, null, 0, false];
    },
    onEpochEnd(epoch, logs) {
      const found = logs[monitor] as number | undefined;
      if (found === undefined) {
        if (!hasWarned) console.warn(`earlyStopping waits for ${monitor}, but there are only ${Object.keys(logs).join(", ")}.`);
        hasWarned = true;
        return;
      }
      // Where nothing is ever better, such as NaN, the first epoch is the best.
      if (!bestWeights) keepWeights();
      wait += 1;
      if (sign * found + Math.abs(minDelta) < best) {
        best = sign * found;
        wait = 0;
        keepWeights();
      } else if (wait >= patience && epoch > 0 && model) model.stopTraining = true;
    },
    onTrainEnd() {
      const [trained, values] = [model, bestWeights];
      if (!trained || !values) return;
      tf.tidy(() => {
        assignWeights(trained, trained.weights.map(({ shape }, i) => tf.tensor(values[i], shape as number[])));
      });
    },
  };
}
