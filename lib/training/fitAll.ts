import { availableParallelism } from "node:os";
import type * as tf from "@tensorflow/tfjs";
import { Piscina } from "piscina";
import { ready } from "../backend.js";
import { checkSizes } from "../network/checkSizes.js";
import { UnsupportedModel } from "../network/unsupportedModel.js";
import { weightsOf } from "../network/weightsOf.js";
import { kernelHost } from "../notebook/host.js";
import { progressBar } from "../notebook/progressBar.js";
import { planKernels } from "./chooseEngine.js";
import { compiled } from "./compiled.js";
import { checkCount, prepareFit } from "./prepareFit.js";
import type { History } from "./fit.js";
import type { FitOptions } from "./fitOptions.js";
import { STEPS, STOP } from "./fitWorker.js";
import type { FitTask, FitTaskResult } from "./fitWorker.js";
import type { Samples } from "./samples.js";
import { createShare } from "./share.js";
import type { Share } from "./share.js";
import { postableNetwork } from "../network/postableNetwork.js";
import { trainedVariables, writeVariables } from "./variables.js";
import { warnUnfinished } from "./warnUnfinished.js";
import type { KernelPlan } from "./wasmEngine.js";

/** One training of `fitAll`: the arguments of `fit`. */
export interface FitJob {
  model: tf.LayersModel;
  x: Samples;
  y: Samples;
  options?: Omit<FitOptions, "callbacks" | "signal" | "verbose" | "label" | "engine">;
}

/** Options of `fitAll`. */
export interface FitAllOptions {
  /** How many trainings run at a time. Default the number of processor cores. */
  workers?: number;
  /** What the bar says. Default "training". */
  label?: string;
  /** 1 shows a bar, 0 nothing. Default 1. */
  verbose?: 0 | 1;
  /** Ends all trainings before their next step; `fitAll` then rejects with the signal's reason. */
  signal?: AbortSignal;
}

const POLL = 100; // ms

interface Prepared {
  plan: KernelPlan;
  task: FitTask;
  variables: tf.LayerVariable[];
}

function prepare({ model, x, y, options = {} }: FitJob, share: Share): Prepared {
  const training = compiled(model);
  const { validationData } = options;
  const validationShared: FitOptions["validationData"] = validationData && [
    share(validationData[0]), share(validationData[1]), ...(validationData.slice(2) as [ArrayLike<number>]),
  ];
  const shared = [share(x), share(y), { ...options, validationData: validationShared }] as const;
  const { data, validation, epochs, batchSize, shuffle, seed } = prepareFit(model, ...shared);
  const plan = planKernels(model, training);
  const { optimizer, described, loss } = plan;
  for (const part of validation ? [data, validation] : [data]) checkSizes(described.network, loss, part.x, part.y);
  const { rule, iterations, learningRate } = optimizer;
  const { hasAccuracy } = training;
  const trained = weightsOf(described.network).filter(({ trainable }) => trainable);
  const variables = trainedVariables(described, trained);
  const task: FitTask = {
    network: postableNetwork(described.network),
    loss, rule, iterations, learningRate, seed, hasAccuracy,
    batchSize: Math.min(batchSize, data.x.count),
    data,
    options: { epochs, batchSize, shuffle, seed, hasAccuracy, validation },
    slots: optimizer.read(variables),
    state: new Int32Array(new SharedArrayBuffer(8)),
  };
  return { plan, task, variables };
}

/** Leaves model and optimizer as the worker's training made them. */
function takeOver({ plan, task, variables }: Prepared, result: FitTaskResult): History {
  const { described, optimizer } = plan;
  weightsOf(described.network).forEach((weight, i) => Object.assign(weight, result.weights[i]));
  writeVariables(described);
  optimizer.count(Atomics.load(task.state, STEPS));
  optimizer.write(variables, result.slots);
  const history: Record<string, number[]> = {};
  for (const logs of result.epochs) for (const [name, value] of Object.entries(logs)) (history[name] ??= []).push(value);
  return { epoch: result.epochs.map((_, i) => i), history, engine: "wasm" };
}

/**
 * Trains several models side by side, one a processor core: for seeds and sweeps. Each is trained as `fit` with the
 * kernels trains it, bit for bit; samples are shared by the workers and not copied.
 *
 * @param jobs Models, compiled, with samples, targets and the options of `fit` but callbacks.
 * @param options See `FitAllOptions`.
 * @returns The histories, in the order of the jobs. Weights and optimizers are left as `fit` leaves them.
 * @throws {TypeError} When a model is not compiled, its data do not go together, or the kernels cannot train it; no
 *   training has begun then.
 * @throws {RangeError} When an option is out of range.
 * @example
 * const jobs = [1, 2, 3].map((seed) => ({ model: build(seed), x, y, options: { epochs: 10, batchSize: 64, seed } }));
 * const histories = await fitAll(jobs);
 */
export async function fitAll(jobs: FitJob[], options: FitAllOptions = {}): Promise<History[]> {
  const { workers = availableParallelism(), label = "training", verbose = 1 } = options;
  checkCount("workers", workers);
  await ready();
  const share = createShare();
  const prepared = jobs.map((job) => {
    try {
      return prepare(job, share);
    } catch (error) {
      if (!(error instanceof UnsupportedModel)) throw error;
      throw new TypeError(`fitAll trains what the kernels know, but ${error.message}. Use fit.`, { cause: error });
    }
  });
  if (jobs.length === 0) return [];
  const signals = [options.signal, kernelHost()?.interruptSignal()].filter((signal) => signal !== undefined);
  for (const signal of signals) signal.throwIfAborted();
  const steps = ({ data, options: { epochs, batchSize } }: FitTask) => epochs * Math.ceil(data.x.count / batchSize);
  const total = prepared.reduce((sum, { task }) => sum + steps(task), 0);
  const bar = verbose ? progressBar({ label, total, unit: "steps" }) : null;
  const made = () => prepared.reduce((sum, { task }) => sum + Atomics.load(task.state, STEPS), 0);
  const pool = new Piscina({
    filename: require.resolve("tfjs-compression/dist/training/fitWorker.js"),
    maxThreads: Math.min(workers, jobs.length),
    minThreads: Math.min(workers, jobs.length),
  });
  const stop = (): void => prepared.forEach(({ task }) => Atomics.store(task.state, STOP, 1));
  const poll = setInterval(() => bar?.update(made()), POLL);
  for (const signal of signals) signal.addEventListener("abort", stop);
  try {
    const histories = await Promise.all(
      prepared.map(async (job) => takeOver(job, (await pool.run(job.task)) as FitTaskResult)),
    );
    bar?.update(total);
    bar?.finish();
    for (const { model } of jobs) warnUnfinished(model, compiled(model).optimizer.iterations);
    return histories;
  } catch (error) {
    stop();
    for (const signal of signals) signal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(poll);
    for (const signal of signals) signal.removeEventListener("abort", stop);
    bar?.fail("a training failed or was stopped");
    await pool.destroy();
  }
}
