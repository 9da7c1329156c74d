import type * as tf from "@tensorflow/tfjs";
import { ready } from "../backend.js";
import { createRandom } from "../data/random.js";
import { progressBar } from "../notebook/progressBar.js";
import { kernelHost } from "../notebook/host.js";
import { compiled } from "./compiled.js";
import { evaluateRows } from "./evaluate.js";
import type { PruneLowMagnitude } from "../pruning/pruneLowMagnitudeLayer.js";
import { checkPairs, gatherRows, toRows } from "./samples.js";
import type { Rows, Samples } from "./samples.js";
import { pruningLayers, trainStep } from "./trainStep.js";

/** Numbers by name, such as `{loss: 0.3, accuracy: 0.97, val_loss: 0.4}`. */
export type Logs = Record<string, number>;

/** What happened in a training, as Keras's `History`. */
export interface History {
  /** Number of each epoch, from 0. */
  epoch: number[];
  /** For each metric its value after each epoch. */
  history: Record<string, number[]>;
}

/** Functions called while a model trains; training waits for a promise they return. */
export interface FitCallback {
  onEpochBegin?(epoch: number): void | Promise<void>;
  /** `step` counts all batches from 1; `logs` holds this batch's loss. */
  onBatchEnd?(step: number, logs: Logs): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs): void | Promise<void>;
}

/** Options of `fit`, named as Keras's. */
export interface FitOptions {
  /** How often all samples are used. Default 1. */
  epochs?: number;
  /** Samples a step. Default 32. */
  batchSize?: number;
  /** Draw the order of the samples anew for each epoch. Default true. */
  shuffle?: boolean;
  /** Determines the order of the samples and the masks of dropout. Default 0. */
  seed?: number;
  /** Samples and targets evaluated after each epoch. */
  validationData?: [Samples, Samples];
  /** Share of the samples, the last ones, kept for validation, 0 to below 1. Default 0. */
  validationSplit?: number;
  callbacks?: FitCallback | FitCallback[];
  /** Ends training before the next step; `fit` then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** 1 shows a bar, 0 nothing. Default 1. */
  verbose?: 0 | 1;
  /** What the bar says. Default the model's name. */
  label?: string;
}

const BREATHER = 30; // ms after which the event loop gets a turn, for the stop button

function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`Expected ${name} to be a whole number above 0 but found ${value}.`);
  }
}

/** The first and the last part of samples, without copying. */
function splitRows(rows: Rows, count: number): [Rows, Rows] {
  const at = count * rows.size;
  return [
    { ...rows, values: rows.values.subarray(0, at), count },
    { ...rows, values: rows.values.subarray(at), count: rows.count - count },
  ];
}

/** A schedule that was cut short leaves the model less sparse than was asked for. */
function warnUnfinished(pruned: PruneLowMagnitude[], step: number): void {
  const [layer] = pruned.filter(({ pruningSchedule }) => pruningSchedule.endStep > step);
  if (!layer) return;
  const { endStep } = layer.pruningSchedule;
  console.warn(`The pruning schedule ends at step ${endStep} but the training ended at step ${step}: the sparsity asked for is not reached.`);
}

/**
 * Trains a compiled model (Keras: `Model.fit`), following the pruning schedules of its layers.
 *
 * Runs are reproducible: the seed determines the order of the samples and the dropout of sequential
 * models (a functional model's Dropout draws as tfjs does). A second `fit` goes on where the optimizer
 * is, pruning schedules too; compiling again starts them anew. In a notebook the stop button ends the training between two steps; the model keeps the weights it has then.
 *
 * @param model Compiled with a loss and, if accuracy is wanted, `metrics: ["accuracy"]`.
 * @param x Samples [n, …], a tensor or `{values, shape}`.
 * @param y Targets [n, …].
 * @returns Loss and metrics by epoch; the names of validation metrics begin with `val_`.
 * @throws {TypeError} When the model is not compiled or x and y do not go together.
 * @throws {RangeError} When an option is out of range.
 * @example
 * model.compile({ optimizer: tf.train.adam(1e-3), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
 * const { history } = await fit(model, train.x, train.y, { epochs: 5, batchSize: 64, seed: 1 });
 */
export async function fit(model: tf.LayersModel, x: Samples, y: Samples, options: FitOptions = {}): Promise<History> {
  const { epochs = 1, batchSize = 32, shuffle = true, seed = 0, validationSplit = 0, verbose = 1 } = options;
  checkCount("epochs", epochs);
  checkCount("batchSize", batchSize);
  if (!(validationSplit >= 0 && validationSplit < 1)) {
    throw new RangeError(`Expected validationSplit to lie in [0, 1) but found ${validationSplit}.`);
  }
  const training = compiled(model);
  let samples = toRows(x, "x");
  let targets = toRows(y, "y");
  checkPairs(samples, targets, "x and y");
  let validation: [Rows, Rows] | null = null;
  if (options.validationData) {
    const [valX, valY] = options.validationData;
    validation = [toRows(valX, "validationData[0]"), toRows(valY, "validationData[1]")];
    checkPairs(...validation, "validationData");
  } else if (validationSplit > 0) {
    // As Keras: the last samples, before any shuffling.
    const kept = Math.floor(samples.count * (1 - validationSplit));
    const parts = [splitRows(samples, kept), splitRows(targets, kept)];
    [samples, targets] = [parts[0][0], parts[1][0]];
    validation = [parts[0][1], parts[1][1]];
    checkPairs(samples, targets, "x and y without the validation split");
  }
  const signals = [options.signal, kernelHost()?.interruptSignal()].filter((signal) => signal !== undefined);
  const callbacks = [options.callbacks ?? []].flat();
  await ready();

  const random = createRandom(seed);
  const order = Uint32Array.from({ length: samples.count }, (_, i) => i);
  const pruned = pruningLayers(model);
  const result: History = { epoch: [], history: {} };
  const stepsPerEpoch = Math.ceil(samples.count / batchSize);
  const bar = verbose ? progressBar({ label: options.label ?? model.name, total: epochs * stepsPerEpoch, unit: "steps" }) : null;
  // Schedules count the optimizer's steps, over several fits, as TFMOT's do.
  const before = training.optimizer.iterations;
  let step = 0;
  let lastBreath = performance.now();
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (const callback of callbacks) await callback.onEpochBegin?.(epoch);
      if (shuffle) random.shuffle(order);
      let lossSum = 0;
      let correct = 0;
      for (let start = 0; start < samples.count; start += batchSize) {
        for (const signal of signals) signal.throwIfAborted();
        const end = Math.min(start + batchSize, samples.count);
        const batchX = gatherRows(samples, order, start, end);
        const batchY = gatherRows(targets, order, start, end);
        const batch = trainStep(model, training, batchX, batchY, { seed, step: before + ++step });
        batchX.dispose();
        batchY.dispose();
        lossSum += batch.loss * (end - start);
        correct += batch.correct;
        for (const callback of callbacks) await callback.onBatchEnd?.(step, { loss: batch.loss });
        bar?.update(step, { metrics: { loss: lossSum / end, ...(training.hasAccuracy && { accuracy: correct / end }) } });
        if (performance.now() - lastBreath > BREATHER) {
          await new Promise((resolve) => setImmediate(resolve));
          lastBreath = performance.now();
        }
      }
      for (const layer of pruned) layer.maskWeights();
      const logs: Logs = { loss: lossSum / samples.count };
      if (training.hasAccuracy) logs.accuracy = correct / samples.count;
      if (validation) {
        const { loss, accuracy } = evaluateRows(model, ...validation, 1024);
        logs.val_loss = loss;
        if (accuracy !== undefined) logs.val_accuracy = accuracy;
      }
      result.epoch.push(epoch);
      for (const [name, value] of Object.entries(logs)) (result.history[name] ??= []).push(value);
      // While it runs the bar stays short enough for one line; the last one has the validation too.
      if (epoch === epochs - 1) bar?.update(step, { metrics: logs });
      for (const callback of callbacks) await callback.onEpochEnd?.(epoch, logs);
    }
    bar?.finish();
    warnUnfinished(pruned, before + step);
  } catch (error) {
    bar?.fail(error instanceof Error ? error.message : String(error));
    throw error;
  }
  return result;
}
