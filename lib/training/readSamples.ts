import type * as tf from "@tensorflow/tfjs";
import type { Rows } from "../data/rows.js";
import { toRows } from "./samples.js";
import type { Samples } from "./samples.js";

/**
 * Reads the samples that a model is observed on.
 *
 * @throws {TypeError} When they are not of the shape that the model takes.
 * @throws {RangeError} When there are none.
 */
export function readSamples(model: tf.LayersModel, x: Samples): Rows {
  const rows = toRows(x, "x");
  const shape = model.inputs[0].shape.slice(1);
  if (rows.shape.length !== shape.length || shape.some((size, axis) => size !== null && size !== rows.shape[axis])) {
    throw new TypeError(`Expected samples of shape [${shape}] for ${model.name} but found [${rows.shape}].`);
  }
  if (rows.count === 0) throw new RangeError("Expected samples in x but found none.");
  return rows;
}
