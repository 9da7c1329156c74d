import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../data/matrix.js";
import type { Rows } from "../data/rows.js";

/** Samples or targets: one a row. */
export type Samples = tf.Tensor | Matrix;

/**
 * Reads samples once, so that batches can be gathered without any op.
 *
 * @throws {TypeError} When there is no axis of samples or the numbers do not fill the shape.
 */
export function toRows(samples: Samples, name: string): Rows {
  const values = samples instanceof tf.Tensor ? Float32Array.from(samples.dataSync()) : samples.values;
  const [count, ...shape] = samples.shape;
  const size = shape.reduce((a, b) => a * b, 1);
  if (count === undefined || count * size !== values.length) {
    throw new TypeError(`Expected ${name} to hold one sample a row but found ${values.length} numbers for shape [${samples.shape}].`);
  }
  return { values, count, shape, size };
}

/** A tensor [batch, …] of the samples that `order` names from `start` to `end`. */
export function gatherRows(rows: Rows, order: Uint32Array, start: number, end: number): tf.Tensor {
  const { values, size } = rows;
  const batch = new Float32Array((end - start) * size);
  for (let i = start; i < end; i++) {
    const from = order[i] * size;
    batch.set(values.subarray(from, from + size), (i - start) * size);
  }
  return tf.tensor(batch, [end - start, ...rows.shape]);
}
