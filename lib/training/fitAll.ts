import { availableParallelism } from "node:os";
import type * as tf from "@tensorflow/tfjs";
import { Piscina } from "piscina";
import { ready } from "../backend.js";
import { UnsupportedModel } from "../network/unsupportedModel.js";
import { weightsOf } from "../network/weightsOf.js";
import { kernelHost } from "../notebook/host.js";
import { progressBar } from "../notebook/progressBar.js";
import { checkFitNames, checkNames, checkSignal } from "./checkOptions.js";
import { planKernels } from "./chooseEngine.js";
import { claimModel } from "./claimModel.js";
import { claimOptimizer } from "./claimOptimizer.js";
import { checkModel, compiled } from "./compiled.js";
import { kindOf } from "../data/kindOf.js";
import { checkCount, prepareFit } from "./prepareFit.js";
import type { History } from "./fit.js";
import type { FitOptions } from "./fitOptions.js";
import { NAN_STEP, STEPS, STOP } from "./fitWorker.js";
import type { FitTask, FitTaskResult } from "./fitWorker.js";
import type { Samples } from "./samples.js";
import { createShare } from "./share.js";
import type { Share } from "./share.js";
import { postableNetwork } from "../network/postableNetwork.js";
import { trainedVariables, writeVariables } from "./variables.js";
import { warnNaN, warnValidationNaN } from "./warnNaN.js";
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
  /** 1 shows a bar, and a warning where a pruning schedule was cut short; 0 neither. Default 1. */
  verbose?: 0 | 1;
  /** Ends all trainings before their next step, as the stop button does; `fitAll` then rejects with the signal's reason. */
  signal?: AbortSignal;
}

const POLL = 100; // ms

/** Options of `fit` that a job cannot have, and why. */
const refusals: Record<Exclude<keyof FitOptions, keyof NonNullable<FitJob["options"]>>, string> = {
  callbacks: "fitAll calls no callbacks: leave them out or use fit.",
  signal: "A signal ends all trainings of fitAll: give it in the options behind the jobs.",
  engine: "fitAll trains with the kernels: leave engine out or use fit.",
  verbose: "There is one bar for all jobs: give verbose in the options behind the jobs.",
  label: "There is one bar for all jobs: give label in the options behind the jobs.",
};

interface Prepared {
  plan: KernelPlan;
  task: FitTask;
  variables: tf.LayerVariable[];
}

/** What is no list of samples and targets is left for `prepareFit` to complain about. */
function shareValidation(given: NonNullable<FitOptions["validationData"]>, share: Share): FitOptions["validationData"] {
  if (!Array.isArray(given) || given.length < 2) return given;
  const [x, y, ...weights] = given;
  return [share(x, "validationData[0]"), share(y, "validationData[1]"), ...(weights as [ArrayLike<number>])];
}

function prepare({ model, x, y, options = {} }: FitJob, share: Share): Prepared {
  const training = compiled(model);
  checkFitNames(options);
  const refused = Object.entries(refusals).find(([name]) => options[name as keyof typeof options] !== undefined);
  if (refused) throw new TypeError(refused[1]);
  const { validationData } = options;
  const validationShared = validationData && shareValidation(validationData, share);
  const shared = [share(x, "x"), share(y, "y"), { ...options, validationData: validationShared }] as const;
  const { data, validation, epochs, batchSize, shuffle, seed } = prepareFit(model, training, ...shared);
  claimOptimizer(model, training.optimizer);
  const plan = planKernels(model, training);
  const { optimizer, described, loss } = plan;
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
    state: new Int32Array(new SharedArrayBuffer(12)),
  };
  return { plan, task, variables };
}

/** The names of the jobs, for messages. */
function namesOf(jobs: FitJob[]): string[] {
  if (!Array.isArray(jobs)) throw new TypeError(`Expected jobs to be an array of {model, x, y} but found ${kindOf(jobs)}.`);
  return jobs.map((job: FitJob | undefined, i) => {
    const name = `job ${i + 1}`;
    try {
      checkModel(job?.model as tf.LayersModel);
    } catch (error) {
      throw ofJob(name, error);
    }
    return `${name} (${job?.model.name})`;
  });
}

/** Throws when a job's model, or one that shares its weights, is in a job before. */
function checkModelOnce(jobs: FitJob[], i: number): void {
  const { model } = jobs[i];
  const first = jobs.findIndex((job) => job.model.weights.some((weight) => model.weights.includes(weight)));
  if (first < 0 || first >= i) return;
  const what = jobs[first].model === model ? "is there twice" : "shares weights with another";
  throw new Error(`Its model ${what}, see job ${first + 1}: each job needs a model of its own.`);
}

/** An error of a job, with its name. */
function ofJob(name: string, error: unknown): Error {
  const { message } = error as Error;
  const Kind = [TypeError, RangeError].find((kind) => error instanceof kind) ?? Error;
  const told = error instanceof UnsupportedModel ? `fitAll trains what the kernels know, but ${message}. Use fit.` : message;
  return new Kind(`${name}: ${told}`, { cause: error });
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
 * @returns The histories, in the order of the jobs. Weights and optimizers are left as `fit` leaves them, also when
 *   trainings were stopped or one failed, which stops the others: each as far as it was trained.
 * @throws {TypeError} When a model is not compiled, its data do not go together, the kernels cannot train it, or an
 *   option is of the wrong type or there is none of its name; no training has begun then. The message names the job.
 * @throws {RangeError} When an option or a label is out of range, as before.
 * @throws {Error} When a model or an optimizer is there twice, or a model is being trained already, as before; or when a training failed.
 * @example
 * const jobs = [1, 2, 3].map((seed) => ({ model: build(seed), x, y, options: { epochs: 10, batchSize: 64, seed } }));
 * const histories = await fitAll(jobs);
 */
export async function fitAll(jobs: FitJob[], options: FitAllOptions = {}): Promise<History[]> {
  checkNames("fitAll", options, ["workers", "label", "verbose", "signal"]);
  const { workers = availableParallelism(), label = "training", verbose = 1, signal } = options;
  checkCount("workers", workers);
  checkSignal(signal);
  const names = namesOf(jobs);
  await ready();
  const share = createShare();
  const signals = [signal, kernelHost()?.interruptSignal()].filter((given) => given !== undefined);
  const releases: (() => void)[] = [];
  try {
    const prepared = jobs.map((job, i) => {
      try {
        checkModelOnce(jobs, i);
        const ready = prepare(job, share);
        releases.push(claimModel(job.model));
        return ready;
      } catch (error) {
        throw ofJob(names[i], error);
      }
    });
    if (jobs.length === 0) return [];
    for (const given of signals) given.throwIfAborted();
    const histories = await run(prepared, names, { workers, label, verbose, signals });
    histories.forEach(({ history: { loss, val_loss = [] } }, i) => {
      if (val_loss.some(Number.isNaN) && !loss.some(Number.isNaN)) warnValidationNaN(names[i]);
    });
    if (verbose) for (const { model } of jobs) warnUnfinished(model, compiled(model).optimizer.iterations);
    return histories;
  } finally {
    for (const release of releases) release();
  }
}

/** Runs trainings in workers; leaves each as far as it came, then rejects when one failed or was stopped. */
async function run(
  prepared: Prepared[],
  names: string[],
  { workers, label, verbose, signals }: Required<Omit<FitAllOptions, "signal">> & { signals: AbortSignal[] },
): Promise<History[]> {
  const steps = ({ data, options: { epochs, batchSize } }: FitTask) => epochs * Math.ceil(data.x.count / batchSize);
  const total = prepared.reduce((sum, { task }) => sum + steps(task), 0);
  const bar = verbose ? progressBar({ label, total, unit: "steps" }) : null;
  const warned = new Set<Prepared>();
  const look = (): void => {
    bar?.update(prepared.reduce((sum, { task }) => sum + Atomics.load(task.state, STEPS), 0));
    prepared.forEach((job, i) => {
      const step = Atomics.load(job.task.state, NAN_STEP);
      if (step === 0 || warned.has(job)) return;
      warned.add(job);
      warnNaN(names[i], step);
    });
  };
  const threads = Math.min(workers, prepared.length);
  const pool = new Piscina({
    filename: require.resolve("tfjs-compression/dist/training/fitWorker.js"),
    maxThreads: threads,
    minThreads: threads,
  });
  const stop = (): void => prepared.forEach(({ task }) => Atomics.store(task.state, STOP, 1));
  const poll = setInterval(look, POLL);
  for (const signal of signals) signal.addEventListener("abort", stop);
  let isStopped = false;
  const train = async (job: Prepared, name: string): Promise<History> => {
    try {
      const result = (await pool.run(job.task)) as FitTaskResult;
      isStopped ||= result.stopped;
      return takeOver(job, result);
    } catch (error) {
      stop();
      throw ofJob(name, error);
    }
  };
  try {
    // All of them, so that what the others have made by then is not lost.
    const outcomes = await Promise.allSettled(prepared.map((job, i) => train(job, names[i])));
    look();
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    const aborted = isStopped ? signals.find((signal) => signal.aborted) : undefined;
    if (failed || aborted) {
      const reason: unknown = failed ? failed.reason : aborted?.reason;
      bar?.fail(`${failed ? "failed" : "stopped"}: ${reason instanceof Error ? reason.message : String(reason)}`);
      throw reason;
    }
    bar?.finish();
    return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<History>).value);
  } finally {
    clearInterval(poll);
    for (const signal of signals) signal.removeEventListener("abort", stop);
    await pool.destroy();
  }
}
