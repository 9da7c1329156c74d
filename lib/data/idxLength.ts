import { sizeOf } from "./shape.js";

/** Bytes of an IDX file of unsigned bytes: magic number, dimensions, values. */
export function idxLength(dimensions: readonly number[]): number {
  return 4 + 4 * dimensions.length + sizeOf(dimensions);
}
