import type * as tf from "@tensorflow/tfjs";
import type { LabelledRows } from "./engine.js";
import type { FitOptions } from "./fitOptions.js";
import { checkPairs } from "../data/rows.js";
import type { Rows } from "../data/rows.js";
import { checkData } from "./checkData.js";
import type { Compiled } from "./compiled.js";
import { kindOf, shown } from "./kindOf.js";
import { combineWeights } from "./sampleWeights.js";
import { toRows } from "./samples.js";
import type { Samples } from "./samples.js";

/** Throws unless an option is a whole number above 0. */
export function checkCount(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  const Kind = typeof value === "number" ? RangeError : TypeError;
  throw new Kind(`Expected ${name} to be a whole number above 0 but found ${shown(value)}.`);
}

/** The first `count` samples and the others, without copying. */
function split({ x, y, weights }: LabelledRows, count: number): [LabelledRows, LabelledRows] {
  const cut = (rows: Rows, from: number, to: number): Rows => ({
    ...rows,
    values: rows.values.subarray(from * rows.size, to * rows.size),
    count: to - from,
  });
  const part = (from: number, to: number): LabelledRows => ({
    x: cut(x, from, to),
    y: cut(y, from, to),
    weights: weights?.subarray(from, to) ?? null,
  });
  return [part(0, count), part(count, x.count)];
}

type ValidationData = NonNullable<FitOptions["validationData"]>;

function readValidation(model: tf.LayersModel, training: Compiled, given: ValidationData): LabelledRows {
  if (!Array.isArray(given) || given.length < 2 || given.length > 3) {
    throw new TypeError(`Expected validationData to be [x, y] or [x, y, sampleWeight] but found ${kindOf(given)}.`);
  }
  const rows = { x: toRows(given[0], "validationData[0]"), y: toRows(given[1], "validationData[1]") };
  const { x, y } = checkData(model, training, rows, "validationData");
  return { x, y, weights: combineWeights(y, training.classes, given[2], undefined) };
}

/** Reads what is trained with and what is evaluated after each epoch. */
function readData(
  model: tf.LayersModel,
  training: Compiled,
  samples: Samples,
  targets: Samples,
  options: FitOptions,
): [LabelledRows, LabelledRows | null] {
  const { validationData, validationSplit = 0, sampleWeight, classWeight } = options;
  const { x, y } = checkData(model, training, { x: toRows(samples, "x"), y: toRows(targets, "y") });
  const data = { x, y, weights: combineWeights(y, training.classes, sampleWeight, classWeight) };
  if (validationData) return [data, readValidation(model, training, validationData)];
  if (validationSplit === 0) return [data, null];
  // As Keras: the last samples, before any shuffling. They keep their own weights but not those of their classes.
  const count = Math.floor(x.count * (1 - validationSplit));
  const [kept] = split(data, count);
  const [, validation] = split({ x, y, weights: combineWeights(y, training.classes, sampleWeight, undefined) }, count);
  checkPairs(kept.x, kept.y, "x and y without the validation split");
  return [kept, validation];
}

/** Data and options of a training, checked and complete. */
export interface PreparedFit {
  data: LabelledRows;
  validation: LabelledRows | null;
  epochs: number;
  batchSize: number;
  shuffle: boolean;
  seed: number;
}

/** Checks the arguments of `fit` and fills in its defaults; throws as `fit` says. */
export function prepareFit(
  model: tf.LayersModel,
  training: Compiled,
  x: Samples,
  y: Samples,
  options: FitOptions,
): PreparedFit {
  const { epochs = 1, batchSize = 32, shuffle = true, seed = 0, validationSplit = 0 } = options;
  checkCount("epochs", epochs);
  checkCount("batchSize", batchSize);
  if (typeof validationSplit !== "number") {
    throw new TypeError(`Expected validationSplit to be a number but found ${shown(validationSplit)}.`);
  }
  if (!(validationSplit >= 0 && validationSplit < 1)) {
    throw new RangeError(`Expected validationSplit to lie in [0, 1) but found ${validationSplit}.`);
  }
  const [data, validation] = readData(model, training, x, y, options);
  return { data, validation, epochs, batchSize, shuffle, seed };
}
