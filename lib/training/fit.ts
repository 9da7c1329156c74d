import type * as tf from "@tensorflow/tfjs";
import { ready } from "../backend.js";
import { kernelHost } from "../notebook/host.js";
import { progressBar } from "../notebook/progressBar.js";
import { chooseEngine } from "./chooseEngine.js";
import { compiled } from "./compiled.js";
import type { EngineName } from "./engine.js";
import type { FitOptions } from "./fitOptions.js";
import { prepareFit } from "./prepareFit.js";
import type { Samples } from "./samples.js";
import { trainLoop } from "./trainLoop.js";
import { warnUnfinished } from "./warnUnfinished.js";

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
 * Runs are reproducible: the seed determines the order of the samples and the dropout (through TensorFlow.js that of
 * sequential models only). A second `fit` goes on where the optimizer is, pruning schedules too; compiling again
 * starts them anew. In a notebook the stop button ends the training between two steps; the model keeps the weights it
 * has then.
 *
 * @param model Compiled with a loss and, if accuracy is wanted, `metrics: ["accuracy"]`.
 * @param x Samples [n, …], a tensor or `{values, shape}`.
 * @param y Targets [n, …].
 * @returns Loss and metrics by epoch; the names of validation metrics begin with `val_`.
 * @throws {TypeError} When the model is not compiled, x and y do not go together, or `engine: "wasm"` cannot train
 *   the model.
 * @throws {RangeError} When an option is out of range.
 * @example
 * model.compile({ optimizer: adam(1e-3), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
 * const { history } = await fit(model, train.x, train.y, { epochs: 5, batchSize: 64, seed: 1 });
 */
export async function fit(model: tf.LayersModel, x: Samples, y: Samples, options: FitOptions = {}): Promise<History> {
  const { verbose = 1 } = options;
  const training = compiled(model);
  const prepared = prepareFit(model, x, y, options);
  const { data, validation, epochs, batchSize, seed } = prepared;
  const signals = [options.signal, kernelHost()?.interruptSignal()].filter((signal) => signal !== undefined);
  const callbacks = [options.callbacks ?? []].flat();
  await ready();

  const size = Math.min(batchSize, data.x.count);
  const { engine, reason } = chooseEngine(model, training, {
    engine: options.engine ?? "auto", batchSize: size, seed, data: validation ? [data, validation] : [data],
  });
  const result: History = { epoch: [], history: {}, engine: engine.name };
  const total = epochs * Math.ceil(data.x.count / batchSize);
  const label = options.label ?? model.name;
  if (verbose && reason) console.info(`${label} trains through TensorFlow.js, for ${reason}.`);
  const bar = verbose ? progressBar({ label, total, unit: "steps", by: engine.name }) : null;
  let last = 0;
  try {
    await trainLoop(engine, data, { ...prepared, hasAccuracy: training.hasAccuracy }, {
      check: () => signals.forEach((signal) => signal.throwIfAborted()),
      onEpochBegin: async (epoch) => {
        for (const callback of callbacks) await callback.onEpochBegin?.(epoch);
      },
      onBatchEnd: async (step, loss, logs) => {
        last = step;
        for (const callback of callbacks) await callback.onBatchEnd?.(step, { loss });
        bar?.update(step, { metrics: logs });
      },
      onEpochEnd: async (epoch, logs) => {
        result.epoch.push(epoch);
        for (const [name, value] of Object.entries(logs)) (result.history[name] ??= []).push(value);
        // While it runs the bar stays short enough for one line; the last one has the validation too.
        if (epoch === epochs - 1) bar?.update(last, { metrics: logs });
        for (const callback of callbacks) await callback.onEpochEnd?.(epoch, logs);
      },
    });
    bar?.finish();
  } catch (error) {
    bar?.fail(error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    engine.finish();
  }
  warnUnfinished(model, training.optimizer.iterations);
  return result;
}
