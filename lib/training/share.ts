import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../data/matrix.js";
import { toRows } from "./samples.js";
import type { Samples } from "./samples.js";

/** Gives samples in memory that workers share; `name` is for the message where they are none. */
export type Share = (samples: Samples, name: string) => Matrix;

/**
 * Begins a set of shared samples: each is copied once, however many trainings use it, and not at all where it lies in
 * shared memory already.
 */
export function createShare(): Share {
  const copies = new Map<unknown, Float32Array>();
  return (samples, name) => {
    const source = samples instanceof tf.Tensor ? samples : (samples as Matrix | undefined)?.values;
    let values = copies.get(source);
    if (!values) {
      const numbers = toRows(samples, name).values;
      values = numbers.buffer instanceof SharedArrayBuffer ? numbers : new Float32Array(new SharedArrayBuffer(4 * numbers.length));
      if (values !== numbers) values.set(numbers);
      copies.set(source, values);
    }
    return { values, shape: samples.shape as Matrix["shape"] };
  };
}
