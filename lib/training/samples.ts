import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../data/matrix.js";
import type { Rows } from "../data/rows.js";
import { sizeOf } from "../data/shape.js";
import { kindOf } from "../data/kindOf.js";

/** Samples or targets: one a row. */
export type Samples = tf.Tensor | Matrix;

/**
 * The numbers of samples as float32; a Float32Array is not copied.
 *
 * @throws {TypeError} When there are none.
 */
function numbersOf(samples: Samples, name: string): Float32Array {
  if (samples instanceof tf.Tensor) return Float32Array.from(samples.dataSync());
  const { values, shape } = (samples ?? {}) as Partial<Matrix>;
  if (Array.isArray(shape) && (Array.isArray(values) || ArrayBuffer.isView(values))) {
    return values instanceof Float32Array ? values : Float32Array.from(values);
  }
  throw new TypeError(`Expected ${name} to be a tensor or {values: Float32Array, shape} but found ${kindOf(samples)}.`);
}

/**
 * Reads samples once, so that batches can be gathered without any op.
 *
 * @throws {TypeError} When there is no axis of samples or the numbers do not fill the shape.
 */
export function toRows(samples: Samples, name: string): Rows {
  const values = numbersOf(samples, name);
  const [count, ...shape] = samples.shape;
  const size = sizeOf(shape);
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
