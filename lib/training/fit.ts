import type * as tf from "@tensorflow/tfjs";
import { ready } from "../backend.js";
import { checkEngine, checkFitNames, checkSignal, readCallbacks } from "./checkOptions.js";
import { chooseEngine } from "./chooseEngine.js";
import { claimModel } from "./claimModel.js";
import { claimOptimizer } from "./claimOptimizer.js";
import { compiled } from "./compiled.js";
import type { Compiled } from "./compiled.js";
import type { EngineName } from "./engine.js";
import type { FitCallback, FitOptions } from "./fitOptions.js";
import { prepareFit } from "./prepareFit.js";
import type { PreparedFit } from "./prepareFit.js";
import type { Samples } from "./samples.js";
import { warnUnfinished } from "./warnUnfinished.js";
import { watchedLoop } from "./watchedLoop.js";

export type { Logs } from "./trainLoop.js";

/** What happened in a training, as Keras's `History`. */
export interface History {
  /** Number of each epoch, from 0. */
  epoch: number[];
  /** For each metric its value after each epoch. */
  history: Record<string, number[]>;
  /** What trained the model: the library's own kernels ("wasm") or TensorFlow.js ("tfjs"). */
  engine: EngineName;
}

/**
 * Trains a compiled model (Keras: `Model.fit`), following the pruning schedules of its layers.
 *
 * Dense networks, quantized, pruned or distilled, are trained by the library's own WebAssembly kernels; other models
 * through TensorFlow.js, and a line says why. The bar's last line names which of the two it was.
 *
 * Runs are reproducible: the seed determines the order of the samples and the dropout; noise of other layers, such as
 * GaussianNoise, is drawn anew. A second `fit` goes on where the optimizer is, pruning schedules too, also when layers
 * were frozen or are trained anew since; compiling again with a new optimizer starts them anew. In a notebook the stop
 * button ends the training between two steps; the model keeps the weights it has then. A callback ends it by
 * `model.stopTraining = true`, as `earlyStopping` does: then `fit` returns what happened.
 *
 * @param model Compiled with a loss and, if accuracy is wanted, `metrics: ["accuracy"]`, the only metric there is. With
 *   one output it is the share of outputs above .5 whose target is 1, and of others whose target is 0, as in Keras.
 * @param x Samples [n, …], a tensor or `{values, shape}`; each in the shape of the model's input, or flat.
 * @param y Targets [n, …].
 * @returns Loss and metrics by epoch; the names of validation metrics begin with `val_`.
 * @throws {TypeError} When the model is not compiled, x and y do not go together or have other shapes than the model and
 *   its loss, an option is of the wrong type or there is none of its name, or `engine: "wasm"` cannot train the model.
 * @throws {RangeError} When an option or a label is out of range.
 * @throws {Error} When the model is being trained already, its optimizer has trained another model, or TensorFlow.js's
 *   backend cannot train it.
 * @example
 * model.compile({ optimizer: adam(1e-3), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
 * const { history } = await fit(model, train.x, train.y, { epochs: 5, batchSize: 64, seed: 1 });
 */
export async function fit(model: tf.LayersModel, x: Samples, y: Samples, options: FitOptions = {}): Promise<History> {
  const training = compiled(model);
  checkFitNames(options);
  checkSignal(options.signal);
  checkEngine(options.engine ?? "auto");
  const callbacks = readCallbacks(options.callbacks);
  const prepared = prepareFit(model, training, x, y, options);
  const release = claimModel(model);
  try {
    claimOptimizer(model, training.optimizer);
    await ready();
    return await run(model, training, prepared, callbacks, options);
  } finally {
    release();
  }
}

async function run(
  model: tf.LayersModel,
  training: Compiled,
  prepared: PreparedFit,
  callbacks: FitCallback[],
  options: FitOptions,
): Promise<History> {
  const { verbose = 1, label = model.name } = options;
  const { data, batchSize, seed } = prepared;
  const { engine, reason } = chooseEngine(model, training, {
    engine: options.engine ?? "auto", batchSize: Math.min(batchSize, data.x.count), seed,
  });
  const result: History = { epoch: [], history: {}, engine: engine.name };
  if (verbose && reason) console.info(`${label} trains through TensorFlow.js, for ${reason}.`);
  const loop = { ...prepared, hasAccuracy: training.hasAccuracy };
  await watchedLoop(engine, data, loop, { label, verbose, signal: options.signal }, {
    onBegin: async () => {
      model.stopTraining = false;
      for (const callback of callbacks) callback.setModel?.(model);
      for (const callback of callbacks) await callback.onTrainBegin?.();
    },
    stops: () => model.stopTraining,
    onEpochBegin: async (epoch) => {
      for (const callback of callbacks) await callback.onEpochBegin?.(epoch);
    },
    onBatchEnd: async (step, loss) => {
      for (const callback of callbacks) await callback.onBatchEnd?.(step, { loss });
    },
    onEpochEnd: async (epoch, logs) => {
      result.epoch.push(epoch);
      for (const [name, value] of Object.entries(logs)) (result.history[name] ??= []).push(value);
      for (const callback of callbacks) await callback.onEpochEnd?.(epoch, logs);
    },
    onEnd: async () => {
      for (const callback of callbacks) await callback.onTrainEnd?.();
    },
  });
  if (verbose) warnUnfinished(model, training.optimizer.iterations);
  return result;
}
