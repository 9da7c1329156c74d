import type * as tf from "@tensorflow/tfjs";
import { checkPairs } from "../data/rows.js";
import type { Rows } from "../data/rows.js";
import { sizeOf } from "../data/shape.js";
import { targetColumns } from "../network/loss.js";
import type { Compiled } from "./compiled.js";

/** Rows in the shape wanted, which their own is or is when one of the two is flat; null when they do not fit. */
function inShape(rows: Rows, wanted: tf.Shape): Rows | null {
  const { shape, size } = rows;
  if (shape.length === wanted.length && wanted.every((length, axis) => length === null || length === shape[axis])) return rows;
  const isFlat = shape.length < 2 || wanted.length < 2;
  const fits = !wanted.includes(null) && sizeOf(wanted as number[]) === size;
  return isFlat && fits ? { ...rows, shape: wanted as number[] } : null;
}

/** "4 numbers" and "5", or "shape [2,3]" and "[3,2]". */
function describeShapes(wanted: tf.Shape, { shape, size }: Rows): [string, string] {
  if (wanted.length === 1 && wanted[0] !== null) return [`${wanted[0]} numbers`, String(size)];
  return [`shape [${wanted.map((length) => length ?? "any")}]`, `[${shape}]`];
}

/**
 * Samples in the shape of a model's input; images may come flat.
 *
 * @param where Added to the message, such as " in validationData".
 * @throws {TypeError} When they have another shape.
 */
export function checkSamples(model: tf.LayersModel, x: Rows, where = ""): Rows {
  const wanted = model.inputs[0].shape.slice(1);
  const shaped = inShape(x, wanted);
  if (shaped) return shaped;
  const [expected, found] = describeShapes(wanted, x);
  throw new TypeError(`Expected samples of ${expected}${where} but found ${found}.`);
}

/**
 * Targets in the shape that a model's output and loss need. Of a loss function that is the user's own nothing is known.
 *
 * @throws {TypeError} When they have another shape.
 * @throws {RangeError} When they should be labels and one is not.
 */
function checkTargets(model: tf.LayersModel, { described, hasOwnLoss }: Compiled, y: Rows, where: string): Rows {
  const output = model.outputs[0].shape.slice(1);
  const outputs = output.at(-1) ?? null;
  // As Keras: labels [n] are [n, 1]; against outputs [n, 1] they would otherwise be spread to [n, n].
  if (hasOwnLoss || outputs === null) return y.shape.length === 0 ? { ...y, shape: [1] } : y;
  const kind = typeof described === "string" ? described : described.kind;
  const name = kind === "weightedSum" ? "distillation" : kind;
  const wanted = [...output.slice(0, -1), typeof described === "string" ? outputs : targetColumns(described, outputs)];
  const shaped = inShape(y, wanted) ?? (name === "sparseCategoricalCrossentropy" ? inShape(y, output.slice(0, -1)) : null);
  if (!shaped) {
    const [expected, found] = describeShapes(wanted, y);
    throw new TypeError(`Expected targets of ${expected} for ${name}${where} but found ${found}.${cureOf(name, outputs, y.size)}`);
  }
  if (name === "sparseCategoricalCrossentropy") checkLabels(y, outputs, where);
  return shaped;
}

/** What to do about targets of the wrong size, where it is known what they are. */
function cureOf(loss: string, outputs: number, size: number): string {
  const isLabel = size === 1 && outputs > 1;
  if (loss === "sparseCategoricalCrossentropy" && size === outputs) {
    return " One-hot rows go with the loss categoricalCrossentropy; this one takes the labels themselves.";
  }
  if (loss === "categoricalCrossentropy" && isLabel) {
    return " Make one-hot rows of labels with toCategorical, or use the loss sparseCategoricalCrossentropy.";
  }
  if (loss === "softmaxCrossEntropy" && isLabel) return " Make one-hot rows of labels with toCategorical.";
  return loss === "distillation" && size === outputs ? " Make them with distillationTargets." : "";
}

function checkLabels({ values, size }: Rows, classes: number, where: string): void {
  for (let i = 0; i < values.length; i++) {
    if (values[i] >= 0 && values[i] < classes && Number.isInteger(values[i])) continue;
    const sample = Math.floor(i / size);
    throw new RangeError(`Expected whole labels from 0 to ${classes - 1}${where} but found ${values[i]} for sample ${sample}.`);
  }
}

/**
 * Samples and targets in the shapes that a model and its loss need.
 *
 * @param names What they are called in messages.
 * @throws {TypeError} When their shapes do not fit, or there is not a target for each sample.
 * @throws {RangeError} When there are no samples, or targets that should be labels are not.
 */
export function checkData(
  model: tf.LayersModel,
  training: Compiled,
  { x, y }: { x: Rows; y: Rows },
  names: "x and y" | "validationData" = "x and y",
): { x: Rows; y: Rows } {
  checkPairs(x, y, names);
  const where = names === "validationData" ? " in validationData" : "";
  return { x: checkSamples(model, x, where), y: checkTargets(model, training, y, where) };
}
