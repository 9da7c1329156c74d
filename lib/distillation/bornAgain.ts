import * as tf from "@tensorflow/tfjs";
import { kindOf } from "../data/kindOf.js";
import { adam } from "../training/adam.js";
import { endsInSoftmax } from "../training/endsInSoftmax.js";
import { fit } from "../training/fit.js";
import type { History } from "../training/fit.js";
import type { FitOptions } from "../training/fitOptions.js";
import type { Samples } from "../training/samples.js";
import { Distiller } from "./distiller.js";
import { checkShare } from "./distillationLoss.js";
import { logitsDistillation } from "./distillationLosses.js";
import { checkTemperature } from "./softLabels.js";

/** Options of `bornAgain`: what follows, and those of `fit`. */
export interface BornAgainOptions extends FitOptions {
  /** How many models are trained after the first, each by the one before. Default 2. */
  generations?: number;
  /** Temperature of the soft labels. Default 1, as in the paper. */
  temperature?: number;
  /** Share of the labels in the loss. Default .5. */
  alpha?: number;
  /** Makes the optimizer of each generation. Default `adam(1e-3)`. */
  optimizer?: () => tf.Optimizer;
}

/** A generation, the first of which learned from the labels alone. */
export interface Generation {
  model: tf.LayersModel;
  history: History;
}

/**
 * Trains a network, then another of the same size with the first as its teacher, and so on: born-again networks (Furlanello et
 * al. 2018, arXiv:1805.04770), self distillation in generations. `ensembleLogits` of all of
 * them, at a temperature of 1, is the paper's ensemble.
 *
 * @param build Makes the model of a generation, with new weights; it ends in a softmax.
 * @param x Samples [n, …].
 * @param y One-hot rows [n, classes].
 * @returns The generations, the first one too; the models are compiled.
 * @throws {RangeError} When generations is no whole number above 0; and as `fit`.
 * @throws {TypeError} When `build` or `optimizer` is no function, or a model does not end in a softmax.
 * @example const [first, second] = await bornAgain(() => build(), train.x, train.y, { generations: 1, epochs: 10, batchSize: 64 });
 */
export async function bornAgain(
  build: (generation: number) => tf.LayersModel,
  x: Samples,
  y: Samples,
  { generations = 2, temperature = 1, alpha = 0.5, optimizer = () => adam(1e-3), ...options }: BornAgainOptions = {},
): Promise<Generation[]> {
  if (!Number.isInteger(generations) || generations < 1) {
    throw new RangeError(`Expected generations to be a whole number above 0 but found ${generations}.`);
  }
  if (typeof build !== "function") throw new TypeError(`Expected build to be a function that makes a model but found ${kindOf(build)}.`);
  if (typeof optimizer !== "function") throw new TypeError(`Expected optimizer to be a function that makes one but found ${kindOf(optimizer)}.`);
  checkTemperature(temperature);
  checkShare("alpha", alpha);
  const born: Generation[] = [];
  const metrics = ["accuracy"];
  for (let generation = 0; generation <= generations; generation++) {
    const model = build(generation);
    const own = { label: `generation ${generation}`, ...options };
    if (!(model instanceof tf.LayersModel)) throw new TypeError(`Expected build to make a tf.LayersModel but found ${kindOf(model)}.`);
    if (!endsInSoftmax(model)) throw new TypeError(`Expected build to make models that end in a softmax but ${model.name} does not.`);
    const teacher = born.at(-1)?.model;
    if (!teacher) {
      model.compile({ optimizer: optimizer(), loss: "categoricalCrossentropy", metrics });
      born.push({ model, history: await fit(model, x, y, own) });
      continue;
    }
    const distillationLosses = logitsDistillation({ temperature });
    const distiller = new Distiller({ teacher, student: model, distillationLosses, studentLossWeight: alpha });
    distiller.compile({ optimizer: optimizer(), metrics });
    born.push({ model, history: await distiller.fit(x, y, own) });
  }
  return born;
}
