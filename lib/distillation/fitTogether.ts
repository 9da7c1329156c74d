import type * as tf from "@tensorflow/tfjs";
import { ready } from "../backend.js";
import type { Matrix } from "../data/matrix.js";
import type { Rows } from "../data/rows.js";
import { checkEngine, checkNames, checkSignal } from "../training/checkOptions.js";
import { chooseEngine } from "../training/chooseEngine.js";
import { claimModel } from "../training/claimModel.js";
import { claimOptimizer } from "../training/claimOptimizer.js";
import { compiled } from "../training/compiled.js";
import type { Compiled } from "../training/compiled.js";
import { endingOf, endsInSoftmax } from "../training/endsInSoftmax.js";
import type { History } from "../training/fit.js";
import type { FitOptions } from "../training/fitOptions.js";
import { prepareFit } from "../training/prepareFit.js";
import { toRows } from "../training/samples.js";
import type { Samples } from "../training/samples.js";
import { warnUnfinished } from "../training/warnUnfinished.js";
import { watchedLoop } from "../training/watchedLoop.js";
import { distillationLoss, joinColumns, labelsOnly } from "./distillationLoss.js";
import { TogetherEngine } from "./togetherEngine.js";
import type { Peer } from "./togetherEngine.js";

/** Options of `fitTogether`: those of `fit` that several models have in common. */
export type FitTogetherOptions = Pick<
  FitOptions,
  "epochs" | "batchSize" | "shuffle" | "seed" | "validationData" | "signal" | "verbose" | "label" | "engine"
>;

const names = ["epochs", "batchSize", "shuffle", "seed", "validationData", "signal", "verbose", "label", "engine"];

/** The same loss on the logits of a model that ends in a softmax: it is logits that the others listen to. */
function onLogits(model: tf.LayersModel, training: Compiled): Compiled {
  const { described } = training;
  const kind = typeof described === "string" ? described : described.kind;
  if (kind === "distillation") return training;
  const wanted = endsInSoftmax(model) ? "categoricalCrossentropy" : "softmaxCrossEntropy";
  if (kind !== wanted || endingOf(model) === "sigmoid") {
    throw new TypeError(
      `Expected ${model.name} to be compiled with distillationLoss or, where it ends in a softmax, with categoricalCrossentropy, in ` +
        `logits with tf.losses.softmaxCrossEntropy, but found ${kind}.`,
    );
  }
  const { onLogits: loss } = distillationLoss(labelsOnly);
  return { ...training, described: labelsOnly, loss, leavesSoftmax: endsInSoftmax(model) };
}

/** Targets in memory of their own, with room behind the labels for what the others say. */
function targetsFor(labels: Rows, classes: number, name: string): Matrix {
  if (labels.size !== classes) throw new TypeError(`Expected ${name} to have ${classes} numbers a sample but found ${labels.size}.`);
  const shape: [number, number] = [labels.count, classes];
  return joinColumns([{ values: labels.values, shape }, { values: new Float32Array(labels.values.length), shape }]);
}

/** Data for the evaluation of one model; its weights stay what they are. */
function validationFor(given: FitOptions["validationData"], classes: number): FitOptions["validationData"] {
  if (!Array.isArray(given) || given.length < 2) return given;
  const [x, y, ...weights] = given;
  const name = "validationData[1]";
  return [x, targetsFor(toRows(y, name), classes, name), ...weights] as FitOptions["validationData"];
}

/**
 * Trains several models at once, step by step on the same batches, so that they can learn from each other: online
 * distillation.
 *
 * What a model learns is its loss. One compiled with `distillationLoss` learns from the labels and from what the others say
 * of the batch at that moment, of several the mean of their soft labels: deep mutual learning (Zhang et al. 2018,
 * arXiv:1706.00384; their loss CE + KL is that of alpha .5, twice). One compiled with "categoricalCrossentropy" learns from the
 * labels alone: that is a teacher whose student is trained beside it. To `evaluate` a model afterwards, compile it with
 * "categoricalCrossentropy".
 *
 * @param models Two or more, compiled, each with an optimizer of its own.
 * @param x Samples [n, …].
 * @param y One-hot rows [n, classes].
 * @param options As in `fit`.
 * @returns A history for each model, in their order.
 * @throws {TypeError} When there are fewer than two models or one is there twice, their classes differ, one is not compiled with
 *   one of the two losses or none listens, or as in `fit`.
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
  const twice = models.find((model, i) => models.indexOf(model) < i);
  if (twice) throw new TypeError(`Expected each model once but found ${twice.name} twice.`);
  const all = models.map((model) => {
    const training = onLogits(model, compiled(model));
    const { described } = training;
    const listens = described !== labelsOnly && typeof described !== "string" && described.kind === "distillation";
    return { model, training, temperature: listens ? described.temperature : null };
  });
  if (all.every(({ temperature }) => temperature === null)) {
    throw new TypeError("Expected a model compiled with distillationLoss, which listens to the others, but all learn from labels alone: use fitAll.");
  }
  const labels = toRows(y, "y");
  const classes = all[0].training.classes;
  const other = all.find(({ training }) => training.classes !== classes);
  if (other) throw new TypeError(`Expected all models to give ${classes} classes but found ${other.training.classes} of ${other.model.name}.`);
  const prepared = all.map((one) => {
    const own = { ...options, validationData: validationFor(validationData, classes) };
    return { ...one, ...prepareFit(one.model, one.training, x, targetsFor(labels, classes, "y"), own) };
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
    // The bar shows the models' mean.
    await watchedLoop(engine, data, loop, { label, verbose, signal: options.signal });
    if (verbose) for (const { model, training } of prepared) warnUnfinished(model, training.optimizer.iterations);
    const epoch = Array.from({ length: epochs }, (_, i) => i);
    return peers.map((peer) => ({ epoch, history: peer.history, engine: peer.engine.name }));
  } finally {
    for (const release of releases) release();
  }
}
