import type * as tf from "@tensorflow/tfjs";
import { ready } from "../backend.js";
import type { Matrix } from "../data/matrix.js";
import type { Rows } from "../data/rows.js";
import { kernelHost } from "../notebook/host.js";
import { progressBar } from "../notebook/progressBar.js";
import { checkEngine, checkNames, checkSignal } from "../training/checkOptions.js";
import { chooseEngine } from "../training/chooseEngine.js";
import { claimModel } from "../training/claimModel.js";
import { claimOptimizer } from "../training/claimOptimizer.js";
import { compiled, softmaxCrossEntropy } from "../training/compiled.js";
import type { Compiled } from "../training/compiled.js";
import { endsInSoftmax } from "../training/endsInSoftmax.js";
import type { Engine, Evaluation, LabelledRows, StepResult } from "../training/engine.js";
import type { History } from "../training/fit.js";
import type { FitOptions } from "../training/fitOptions.js";
import { prepareFit } from "../training/prepareFit.js";
import { toRows } from "../training/samples.js";
import type { Samples } from "../training/samples.js";
import { trainLoop } from "../training/trainLoop.js";
import type { Logs, TrainLoopOptions } from "../training/trainLoop.js";
import { warnNaN } from "../training/warnNaN.js";
import { warnUnfinished } from "../training/warnUnfinished.js";
import { asLogits } from "./logits.js";
import { ensembleLogits } from "./softLabels.js";

/** Options of `fitTogether`: those of `fit` that several models have in common. */
export type FitTogetherOptions = Pick<
  FitOptions,
  "epochs" | "batchSize" | "shuffle" | "seed" | "validationData" | "signal" | "verbose" | "label" | "engine"
>;

const names = ["epochs", "batchSize", "shuffle", "seed", "validationData", "signal", "verbose", "label", "engine"];

/** A model among others that are trained with it. */
interface Peer {
  engine: Engine;
  /** What it is trained with and evaluated on; targets with room for what the others say. */
  data: LabelledRows;
  validation: LabelledRows | null;
  /** Temperature at which it listens to the others, null when it learns from labels alone. */
  temperature: number | null;
  hasAccuracy: boolean;
  /** Its logits for the batch, until it is trained on. */
  logits: Float32Array | null;
  sums: { loss: number; correct: number; samples: number };
  history: Record<string, number[]>;
}

/** Trains several models as if they were one. */
class TogetherEngine implements Omit<Engine, "outputs"> {
  readonly name;

  constructor(
    private readonly peers: Peer[],
    private readonly classes: number,
    private readonly batchSize: number,
  ) {
    this.name = peers.every(({ engine }) => engine.name === "wasm") ? ("wasm" as const) : ("tfjs" as const);
  }

  /** Each model in turn; one that comes later listens to those before as they are after their step. */
  step({ x }: LabelledRows, order: Uint32Array, start: number, end: number, step: number): StepResult {
    const result = { loss: 0, correct: 0 };
    for (const peer of this.peers) peer.logits = null;
    for (const peer of this.peers) {
      this.listen(peer, peer.data.y, x, order, start, end);
      const { loss, correct } = peer.engine.step(peer.data, order, start, end, step);
      peer.logits = null;
      peer.sums.loss += loss * (end - start);
      peer.sums.correct += correct;
      peer.sums.samples += end - start;
      result.loss += loss / this.peers.length;
      result.correct += correct / this.peers.length;
    }
    return result;
  }

  /** Writes what the others say of a batch into the targets of a model that listens. */
  private listen(peer: Peer, { values, size }: Rows, x: Rows, order: Uint32Array, start: number, end: number): void {
    const { temperature } = peer;
    if (temperature === null) return;
    const { classes } = this;
    const shape: [number, number] = [end - start, classes];
    const others = this.peers.filter((other) => other !== peer);
    const said = others.map((other) => asLogits({ values: (other.logits ??= other.engine.outputs(x, order, start, end).slice()), shape }));
    const { values: logits } = said.length === 1 ? said[0] : ensembleLogits(said, { temperature });
    for (let i = 0; i < end - start; i++) {
      values.set(logits.subarray(i * classes, (i + 1) * classes), order[start + i] * size + classes);
    }
  }

  endEpoch(): void {
    for (const peer of this.peers) {
      peer.engine.endEpoch();
      const { loss, correct, samples } = peer.sums;
      peer.sums = { loss: 0, correct: 0, samples: 0 };
      note(peer, "", { loss: loss / samples, accuracy: correct / samples });
    }
  }

  /** Evaluates all of them; what it gives back is their mean. */
  evaluate(): Evaluation {
    const mean = { loss: 0, accuracy: 0 };
    for (const peer of this.peers) {
      const { x, y } = peer.validation as LabelledRows;
      const order = Uint32Array.from({ length: x.count }, (_, i) => i);
      for (let start = 0; start < x.count; start += this.batchSize) {
        for (const other of this.peers) other.logits = null;
        this.listen(peer, y, x, order, start, Math.min(start + this.batchSize, x.count));
      }
      const { loss, accuracy = NaN } = peer.engine.evaluate(peer.validation as LabelledRows);
      note(peer, "val_", { loss, accuracy });
      mean.loss += loss / this.peers.length;
      mean.accuracy += accuracy / this.peers.length;
    }
    return mean;
  }

  finish(): void {
    for (const { engine } of this.peers) engine.finish();
  }
}

function note({ history, hasAccuracy }: Peer, prefix: string, { loss, accuracy }: { loss: number; accuracy: number }): void {
  (history[`${prefix}loss`] ??= []).push(loss);
  if (hasAccuracy) (history[`${prefix}accuracy`] ??= []).push(accuracy);
}

/** The same loss on the logits of a model that ends in a softmax: it is logits that the others listen to. */
function onLogits(model: tf.LayersModel, training: Compiled): Compiled {
  const { described } = training;
  if (typeof described === "string" || described.kind !== "categoricalCrossentropy" || !endsInSoftmax(model)) return training;
  return { ...training, described: { kind: "softmaxCrossEntropy" }, loss: softmaxCrossEntropy, leavesSoftmax: true };
}

/** Targets in memory of their own, with room for logits behind the labels where the model listens. */
function targetsFor(labels: Rows, classes: number, listens: boolean): Matrix {
  const columns = listens ? 2 * classes : classes;
  const values = new Float32Array(labels.count * columns);
  for (let i = 0; i < labels.count; i++) values.set(labels.values.subarray(i * classes, (i + 1) * classes), i * columns);
  return { values, shape: [labels.count, columns] };
}

/**
 * Trains several models at once, step by step on the same batches, so that they can learn from each other: online
 * distillation.
 *
 * What a model learns is its loss. One compiled with `distillationLoss` learns from the labels and from what the others say
 * of the batch at that moment, of several the mean of their soft labels: deep mutual learning (Zhang et al. 2018,
 * arXiv:1706.00384; their loss CE + KL is that of alpha .5, twice). One compiled with "categoricalCrossentropy" learns from the
 * labels alone: that is a teacher whose student is trained beside it.
 *
 * @param models Two or more, compiled, each with an optimizer of its own.
 * @param x Samples [n, …].
 * @param y One-hot rows [n, classes].
 * @param options As in `fit`.
 * @returns A history for each model, in their order.
 * @throws {TypeError} When there are fewer than two models, their classes differ, one is not compiled with one of the two
 *   losses, or as in `fit`.
 * @throws {RangeError} When an option is out of range.
 * @throws {Error} When a model is being trained already, or an optimizer has trained another.
 * @example
 * for (const model of [a, b]) model.compile({ optimizer: adam(1e-3), loss: distillationLoss({ temperature: 1, alpha: 0.5 }), metrics: ["accuracy"] });
 * const [historyA, historyB] = await fitTogether([a, b], train.x, train.y, { epochs: 10, batchSize: 64 });
 */
export async function fitTogether(models: tf.LayersModel[], x: Samples, y: Samples, options: FitTogetherOptions = {}): Promise<History[]> {
  if (!Array.isArray(models) || models.length < 2) throw new TypeError("Expected two models or more: one alone has nobody to learn from.");
  checkNames("fitTogether", options, names);
  checkSignal(options.signal);
  checkEngine(options.engine ?? "auto");
  const { verbose = 1, label = "together", engine: engineName = "auto", validationData } = options;
  const all = models.map((model) => {
    const training = onLogits(model, compiled(model));
    const { described } = training;
    const kind = typeof described === "string" ? described : described.kind;
    if (kind !== "distillation" && kind !== "categoricalCrossentropy" && kind !== "softmaxCrossEntropy") {
      throw new TypeError(`Expected ${model.name} to be compiled with distillationLoss, or with categoricalCrossentropy, but found ${kind}.`);
    }
    return { model, training, temperature: typeof described !== "string" && described.kind === "distillation" ? described.temperature : null };
  });
  const labels = toRows(y, "y");
  const classes = all[0].training.classes;
  const other = all.find(({ training }) => training.classes !== classes);
  if (other) throw new TypeError(`Expected all models to give ${classes} classes but found ${other.training.classes} of ${other.model.name}.`);
  if (labels.size !== classes) throw new TypeError(`Expected targets of ${classes} numbers but found ${labels.size}.`);
  const prepared = all.map((one) => {
    const listens = one.temperature !== null;
    const validation = validationData && ([validationData[0], targetsFor(toRows(validationData[1], "validationData[1]"), classes, listens)] as [Samples, Samples]);
    return { ...one, ...prepareFit(one.model, one.training, x, targetsFor(labels, classes, listens), { ...options, validationData: validation }) };
  });
  const releases: (() => void)[] = [];
  try {
    for (const { model, training } of prepared) {
      releases.push(claimModel(model));
      claimOptimizer(model, training.optimizer);
    }
    await ready();
    const [{ data, epochs, seed, shuffle }] = prepared;
    const batchSize = Math.min(prepared[0].batchSize, data.x.count);
    const peers = prepared.map(({ model, training, temperature, ...own }): Peer => {
      const { engine, reason } = chooseEngine(model, training, { engine: engineName, batchSize, seed });
      if (verbose && reason) console.info(`${model.name} trains through TensorFlow.js, for ${reason}.`);
      const sums = { loss: 0, correct: 0, samples: 0 };
      return { engine, data: own.data, validation: own.validation, temperature, hasAccuracy: training.hasAccuracy, logits: null, sums, history: {} };
    });
    const engine = new TogetherEngine(peers, classes, batchSize);
    const loop = { epochs, batchSize, shuffle, seed, hasAccuracy: peers.every(({ hasAccuracy }) => hasAccuracy), validation: peers[0].validation };
    await run(engine, data, loop, { label, verbose, signal: options.signal });
    if (verbose) for (const { model, training } of prepared) warnUnfinished(model, training.optimizer.iterations);
    const epoch = Array.from({ length: epochs }, (_, i) => i);
    return peers.map((peer) => ({ epoch, history: peer.history, engine: peer.engine.name }));
  } finally {
    for (const release of releases) release();
  }
}

/** Trains, with a bar that shows the models' mean. */
async function run(
  engine: TogetherEngine,
  data: LabelledRows,
  options: TrainLoopOptions,
  { label, verbose, signal }: { label: string; verbose: 0 | 1; signal: AbortSignal | undefined },
): Promise<void> {
  const signals = [signal, kernelHost()?.interruptSignal()].filter((given) => given !== undefined);
  const total = options.epochs * Math.ceil(data.x.count / options.batchSize);
  const bar = verbose ? progressBar({ label, total, unit: "steps", by: engine.name }) : null;
  let isNaN = false;
  let last: Logs = {};
  try {
    await trainLoop(engine, data, options, {
      check: () => signals.forEach((given) => given.throwIfAborted()),
      stops: () => false,
      onEpochBegin: async () => {},
      onBatchEnd: async (step, loss, logs) => {
        if (Number.isNaN(loss) && !isNaN) {
          isNaN = true;
          warnNaN(label, step);
        }
        bar?.update(step, { metrics: logs });
      },
      onEpochEnd: async (_, logs) => void (last = logs),
    });
    bar?.update(total, { metrics: last });
    bar?.finish();
  } catch (error) {
    bar?.fail(error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    engine.finish();
  }
}
