import { kernelHost } from "../notebook/host.js";
import { progressBar } from "../notebook/progressBar.js";
import type { Engine, LabelledRows } from "./engine.js";
import { explainMissingKernel } from "./explainMissingKernel.js";
import { trainLoop } from "./trainLoop.js";
import type { Logs, TrainLoopHooks, TrainLoopOptions } from "./trainLoop.js";
import { warnNaN, warnValidationNaN } from "./warnNaN.js";

/** What is called beside the bar; training waits for promises. */
interface WatchedHooks extends Partial<Omit<TrainLoopHooks, "check">> {
  onBegin?(): Promise<void>;
  /** Not when the training failed or was ended. */
  onEnd?(): Promise<void>;
}

/**
 * `trainLoop` as whoever waits for it sees it: with a bar, a warning at the first NaN, and the stop button. The engine is
 * finished in any case.
 */
export async function watchedLoop(
  engine: Omit<Engine, "outputs">,
  data: LabelledRows,
  options: TrainLoopOptions,
  { label, verbose, signal }: { label: string; verbose: 0 | 1; signal: AbortSignal | undefined },
  hooks: WatchedHooks = {},
): Promise<void> {
  const signals = [signal, kernelHost()?.interruptSignal()].filter((given) => given !== undefined);
  const total = options.epochs * Math.ceil(data.x.count / options.batchSize);
  const bar = verbose ? progressBar({ label, total, unit: "steps", by: engine.name }) : null;
  let last = 0;
  let lastLogs: Logs = {};
  let isNaN = false;
  let isValidationNaN = false;
  try {
    await hooks.onBegin?.();
    await trainLoop(engine, data, options, {
      check: () => signals.forEach((given) => given.throwIfAborted()),
      stops: () => hooks.stops?.() ?? false,
      onEpochBegin: async (epoch) => await hooks.onEpochBegin?.(epoch),
      onBatchEnd: async (step, loss, logs) => {
        last = step;
        if (Number.isNaN(loss) && !isNaN) {
          isNaN = true;
          warnNaN(label, step);
        }
        await hooks.onBatchEnd?.(step, loss, logs);
        bar?.update(step, { metrics: logs });
      },
      onEpochEnd: async (epoch, logs) => {
        lastLogs = logs;
        if (Number.isNaN(logs.val_loss) && !isNaN && !isValidationNaN) {
          isValidationNaN = true;
          warnValidationNaN(label);
        }
        await hooks.onEpochEnd?.(epoch, logs);
      },
    });
    await hooks.onEnd?.();
    // While it runs the bar stays short enough for one line; the last one has the validation too.
    bar?.update(last, { metrics: lastLogs });
    bar?.finish();
  } catch (error) {
    const told = explainMissingKernel(error);
    bar?.fail(told instanceof Error ? told.message : String(told));
    throw told;
  } finally {
    engine.finish();
  }
}
