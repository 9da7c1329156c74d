import type * as tf from "@tensorflow/tfjs";
import type { LabelledRows } from "./engine.js";
import type { FitOptions } from "./fitOptions.js";
import { checkPairs } from "../data/rows.js";
import type { Rows } from "../data/rows.js";
import { combineWeights } from "./sampleWeights.js";
import { toRows } from "./samples.js";
import type { Samples } from "./samples.js";

/** Throws unless an option is a whole number above 0. */
export function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`Expected ${name} to be a whole number above 0 but found ${value}.`);
  }
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

/** Reads what is trained with and what is evaluated after each epoch. */
function readData(model: tf.LayersModel, x: Samples, y: Samples, options: FitOptions): [LabelledRows, LabelledRows | null] {
  const { validationData, validationSplit = 0, sampleWeight, classWeight } = options;
  const classes = model.outputs[0].shape[1] ?? 1;
  const targets = toRows(y, "y");
  const data = { x: toRows(x, "x"), y: targets, weights: combineWeights(targets, classes, sampleWeight, classWeight) };
  checkPairs(data.x, data.y, "x and y");
  if (validationData) {
    const [valX, valY, valWeights] = validationData;
    const valTargets = toRows(valY, "validationData[1]");
    const weights = combineWeights(valTargets, classes, valWeights, undefined);
    const validation = { x: toRows(valX, "validationData[0]"), y: valTargets, weights };
    checkPairs(validation.x, validation.y, "validationData");
    return [data, validation];
  }
  if (validationSplit === 0) return [data, null];
  // As Keras: the last samples, before any shuffling.
  const [kept, validation] = split(data, Math.floor(data.x.count * (1 - validationSplit)));
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
export function prepareFit(model: tf.LayersModel, x: Samples, y: Samples, options: FitOptions): PreparedFit {
  const { epochs = 1, batchSize = 32, shuffle = true, seed = 0, validationSplit = 0 } = options;
  checkCount("epochs", epochs);
  checkCount("batchSize", batchSize);
  if (!(validationSplit >= 0 && validationSplit < 1)) {
    throw new RangeError(`Expected validationSplit to lie in [0, 1) but found ${validationSplit}.`);
  }
  const [data, validation] = readData(model, x, y, options);
  return { data, validation, epochs, batchSize, shuffle, seed };
}
