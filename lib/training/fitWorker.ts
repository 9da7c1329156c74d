import type { Weight } from "../network/network.js";
import { weightsOf } from "../network/weightsOf.js";
import { KernelEngine } from "./kernelEngine.js";
import type { KernelEngineArgs } from "./kernelEngine.js";
import type { LabelledRows } from "./engine.js";
import { trainLoop } from "./trainLoop.js";
import type { Logs, TrainLoopOptions } from "./trainLoop.js";

/** A training as it is sent to a worker. */
export interface FitTask extends Omit<KernelEngineArgs, "learningRate"> {
  data: LabelledRows;
  options: TrainLoopOptions;
  learningRate: number;
  /** What the optimizer remembers, slot by slot for each trained weight; undefined where there is nothing yet. */
  slots: (Float32Array | undefined)[][];
  /** Shared with who waits: steps made, whether to stop, and the first step whose loss was NaN or 0. */
  state: Int32Array;
}

/** Places in a task's `state`. */
export const STEPS = 0;
export const STOP = 1;
export const NAN_STEP = 2;

/** What a worker sends back. */
export interface FitTaskResult {
  /** Whether it was told to stop before its end; the rest is then as far as it came. */
  stopped: boolean;
  /** Values and masks of all weights, in the order of the network. */
  weights: Pick<Weight, "values" | "pruning">[];
  slots: Float32Array[][];
  /** Loss and metrics after each epoch. */
  epochs: Logs[];
}

const stop = new Error("stopped");

/** Trains one network; what a worker of `fitAll` does. */
export default async function fitWorker(task: FitTask): Promise<FitTaskResult> {
  const { network, data, options, learningRate, slots, state } = task;
  const engine = new KernelEngine({ ...task, learningRate: () => learningRate });
  const { trainer } = engine;
  trainer.setSlots(slots);
  const epochs: Logs[] = [];
  let stopped = false;
  try {
    await trainLoop(engine, data, options, {
      check: () => {
        if (Atomics.load(state, STOP)) throw stop;
      },
      stops: () => false,
      onEpochBegin: async () => {},
      onBatchEnd: async (step, loss) => {
        Atomics.store(state, STEPS, step);
        if (Number.isNaN(loss)) Atomics.compareExchange(state, NAN_STEP, 0, step);
      },
      onEpochEnd: async (_, logs) => void epochs.push(logs),
    });
  } catch (error) {
    if (error !== stop) throw error;
    stopped = true;
  }
  engine.finish();
  return {
    stopped,
    weights: weightsOf(network).map(({ values, pruning }) => ({ values, pruning })),
    slots: trainer.slots,
    epochs,
  };
}
