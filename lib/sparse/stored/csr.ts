import type { Matrix } from "../../data/matrix.js";
import type { Arena } from "../../wasm/arena.js";
import { roundUp } from "../../wasm/signal.js";
import { toCsr } from "../csr.js";
import { transpose } from "../transpose.js";
import { bySixteen } from "./storedKernel.js";
import type { StoredKernel } from "./storedKernel.js";

// Two bytes an index: half of what four would cost to bring in.
const MOST_INPUTS = 2 ** 16;

/** Compressed sparse rows, a row a unit. */
export function storeCsr(arena: Arena, kernel: Matrix, bias: number): StoredKernel {
  const { kernels } = arena;
  const [inputs, units] = kernel.shape;
  if (inputs > MOST_INPUTS) throw new RangeError(`Expected at most ${MOST_INPUTS} inputs for csr but found ${inputs}.`);
  const { values, columnIndices, rowStarts } = toCsr(transpose(kernel));
  const { length } = values;
  const v = arena.allocate(length);
  const c = arena.allocate(Math.ceil(length / 2));
  const s = arena.allocate(rowStarts.length);
  arena.at(v, length).set(values);
  new Uint16Array(arena.numbers.buffer, c, length).set(columnIndices);
  new Uint32Array(arena.numbers.buffer, s, rowStarts.length).set(rowStarts);
  return {
    bytes: 4 * length + 2 * length + 4 * rowStarts.length,
    matvec: (x, y) => kernels.csrMatvec(v, c, s, bias, x, y, units),
    matmul: bySixteen(arena, roundUp(inputs, 8), roundUp(units, 8), (x, y) => kernels.csrMatmul(v, c, s, bias, x, y, units)),
  };
}
