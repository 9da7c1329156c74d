import type { Rows } from "../data/rows.js";

/** Rows shorter than this are copied faster number by number. */
const SHORT = 64;

/**
 * Copies the rows that `order` names from `start` to `end`.
 *
 * Shuffled rows lie anywhere, and the first look at one waits for memory. Therefore the ends of all rows are copied
 * first: these waits overlap, while those of whole rows would come one after the other.
 *
 * @param to Index of the first row in `target`, whose rows are `stride` numbers apart.
 */
export function gatherRows(
  { values, size }: Rows, order: Uint32Array, start: number, end: number, target: Float32Array, to: number, stride: number,
): void {
  for (let i = start, at = to; i < end; i++, at += stride) {
    const from = order[i] * size;
    target[at] = values[from];
    target[at + size - 1] = values[from + size - 1];
  }
  for (let i = start, at = to; i < end; i++, at += stride) {
    const from = order[i] * size;
    if (size < SHORT) for (let j = 1; j < size - 1; j++) target[at + j] = values[from + j];
    else target.set(values.subarray(from, from + size), at);
  }
}
