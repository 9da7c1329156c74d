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
  /** Shared with who waits: steps made, and whether to stop. */
  state: Int32Array;
}

/** Places in a task's `state`. */
export const STEPS = 0;
export const STOP = 1;

/** What a worker sends back. */
export interface FitTaskResult {
  /** Values and masks of all weights, in the order of the network. */
  weights: Pick<Weight, "values" | "pruning">[];
  slots: Float32Array[][];
  /** Loss and metrics after each epoch. */
  epochs: Logs[];
}

/** Trains one network; what a worker of `fitAll` does. */
export default async function fitWorker(task: FitTask): Promise<FitTaskResult> {
  const { network, data, options, learningRate, slots, state } = task;
  const engine = new KernelEngine({ ...task, learningRate: () => learningRate });
  const { trainer } = engine;
  trainer.setSlots(slots);
  const epochs: Logs[] = [];
  await trainLoop(engine, data, options, {
    check: () => {
      if (Atomics.load(state, STOP)) throw new Error("stopped");
    },
    onEpochBegin: async () => {},
    onBatchEnd: async (step) => void Atomics.store(state, STEPS, step),
    onEpochEnd: async (_, logs) => void epochs.push(logs),
  });
  engine.finish();
  return {
    weights: weightsOf(network).map(({ values, pruning }) => ({ values, pruning })),
    slots: trainer.slots,
    epochs,
  };
}
