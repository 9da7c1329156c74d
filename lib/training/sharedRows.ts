import type { LabelledRows } from "./engine.js";
import type { Rows } from "../data/rows.js";

const shared = new WeakMap<Float32Array, Float32Array>();

/** The same numbers in memory that workers share; copied once, however often it is asked for. */
export function shareValues(values: Float32Array): Float32Array {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  let copy = shared.get(values);
  if (!copy) {
    copy = new Float32Array(new SharedArrayBuffer(values.byteLength));
    copy.set(values);
    shared.set(values, copy);
  }
  return copy;
}

const shareRows = (rows: Rows): Rows => ({ ...rows, values: shareValues(rows.values) });

/** Samples that workers can read without a copy of their own. */
export function shareData({ x, y, weights }: LabelledRows): LabelledRows {
  return { x: shareRows(x), y: shareRows(y), weights: weights && shareValues(weights) };
}
