import type * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../data/matrix.js";
import { validateSparsity } from "../pruning/pruningSchedule.js";
import { stripPruning } from "../pruning/stripPruning.js";
import { fitAll } from "../training/fitAll.js";
import { checkCount } from "../training/prepareFit.js";
import type { PruningCriterion } from "./pruningCriteria.js";

/** A model to prune, by which criterion, and how far. */
export interface PruneJob {
  /** Built and trained; it stays as it is. */
  model: tf.LayersModel;
  criterion: PruningCriterion;
  /** What the criterion is asked for in the last round, 0 to below 1. */
  sparsity: number;
}

/** How `pruneAndRetrain` goes about it. */
export interface PruneAndRetrainArgs {
  /** Compiles a pruned model; every round begins with an optimizer that has not made a step. */
  compile: (model: tf.LayersModel) => void;
  /** How often to prune and retrain: 1 is one-shot pruning, more is iterative. Default 1. */
  rounds?: number;
  /** How often all samples are trained on after pruning, all rounds together; 0 prunes without training. */
  epochs: number;
  /** Samples a step. Default 32. */
  batchSize?: number;
  /** Determines the order of the samples and the masks of dropout. Default 0. */
  seed?: number;
  /** What the bar says. Default "pruned". */
  label?: string;
  /** 1 shows a bar, 0 nothing. Default 1. */
  verbose?: 0 | 1;
  /** Ends it before the next step; rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Samples from one share of them, 0 to 1, to another, without copying. */
function stretch({ values, shape: [rows, columns] }: Matrix, from: number, to: number): Matrix {
  const [first, end] = [Math.round(from * rows), Math.round(to * rows)];
  return { values: values.subarray(first * columns, end * columns), shape: [end - first, columns] };
}

/**
 * What round after round is trained on: so many whole epochs, and the part of an epoch that is left over, each round the
 * next part of the samples.
 */
function portions(round: number, perRound: number): { epochs: number; from: number; to: number }[] {
  const whole = Math.floor(perRound + 1e-9);
  const rest = Math.max(perRound - whole, 0);
  const start = Math.min((round * rest) % 1, 1 - rest);
  return [
    ...(whole > 0 ? [{ epochs: whole, from: 0, to: 1 }] : []),
    ...(rest > 1e-9 ? [{ epochs: 1, from: start, to: start + rest }] : []),
  ];
}

/**
 * Prunes trained models and trains on what is left, at once (one-shot) or in rounds (iterative, Han et al. 2015,
 * arXiv:1506.02626), several models side by side.
 *
 * After round r of R the sparsity is `s (1 - (1 - r / R)³)`, the law of `polynomialDecay` (Zhu and Gupta 2017): the first
 * rounds take most. The number of training steps is the same however many rounds there are, so that one-shot and iterative
 * can be compared.
 *
 * @param x Samples [n, features].
 * @param y Targets [n, classes].
 * @returns The pruned models, compiled, in the order of the jobs. Zeros stay zero when they are trained further;
 *   `stripPruning` makes plain models of those with masks.
 * @throws {RangeError} When a sparsity, rounds or epochs are out of range.
 * @throws {TypeError} As `fitAll` does: when x and y do not go together or the kernels cannot train a model.
 * @example
 * const { magnitude } = pruningCriteria({ calibration: x });
 * const jobs = [0.5, 0.9].map((sparsity) => ({ model, criterion: magnitude, sparsity }));
 * const oneShot = await pruneAndRetrain(jobs, x, y, { compile, epochs: 1 });
 * const iterative = await pruneAndRetrain(jobs, x, y, { compile, epochs: 1, rounds: 5 });
 */
export async function pruneAndRetrain(
  jobs: readonly PruneJob[],
  x: Matrix,
  y: Matrix,
  args: PruneAndRetrainArgs,
): Promise<tf.LayersModel[]> {
  const { compile, rounds = 1, epochs, batchSize = 32, seed = 0, label = "pruned", verbose = 1, signal } = args;
  checkCount("rounds", rounds);
  if (!(epochs >= 0 && epochs < Infinity)) throw new RangeError(`Expected epochs to be 0 or more but found ${epochs}.`);
  for (const { sparsity } of jobs) validateSparsity("sparsity", sparsity);
  let models = jobs.map(({ model }) => model);
  for (let round = 0; round < rounds; round++) {
    const reached = 1 - (1 - (round + 1) / rounds) ** 3;
    const pruned: tf.LayersModel[] = [];
    for (const [i, { criterion, sparsity, model }] of jobs.entries()) {
      const plain = stripPruning(models[i]);
      if (models[i] !== model) {
        models[i].optimizer.dispose();
        models[i].dispose();
      }
      pruned.push(await criterion(plain, sparsity * reached, model));
      plain.dispose();
      compile(pruned[i]);
    }
    models = pruned;
    for (const { epochs: times, from, to } of portions(round, epochs / rounds)) {
      const [samples, targets] = [stretch(x, from, to), stretch(y, from, to)];
      const options = { epochs: times, batchSize, seed: seed + round };
      await fitAll(
        models.map((model) => ({ model, x: samples, y: targets, options })),
        { label: rounds === 1 ? label : `${label}, round ${round + 1} of ${rounds}`, verbose, ...(signal && { signal }) },
      );
    }
  }
  return models;
}
