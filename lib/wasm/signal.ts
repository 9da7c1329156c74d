import type { Arena } from "./arena.js";

/** Numbers that go from one layer to the next for a batch, and their gradient. */
export interface Signal {
  /** Address of [batch, stride]. */
  values: number;
  /** Address of the gradient, 0 where nobody needs it. */
  gradient: number;
  /** Numbers in a row. */
  columns: number;
  /** Distance of rows, `columns` rounded up to eight; what is between stays zero. */
  stride: number;
}

/** Rounds up to a multiple. */
export const roundUp = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple;

/** Room for a signal of at most `batch` rows. */
export function allocateSignal(arena: Arena, columns: number, batch: number, withGradient: boolean): Signal {
  const stride = roundUp(columns, 8);
  const size = roundUp(batch, 4) * stride;
  return { values: arena.allocate(size), gradient: withGradient ? arena.allocate(size) : 0, columns, stride };
}
