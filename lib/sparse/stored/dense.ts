import type { Matrix } from "../../data/matrix.js";
import type { Arena } from "../../wasm/arena.js";
import { roundUp } from "../../wasm/signal.js";
import { StoredWeight } from "../../wasm/storedWeight.js";
import type { StoredKernel } from "./storedKernel.js";

/** All weights, in panels of eight units. */
export function storeDense(arena: Arena, { values, shape }: Matrix, bias: number): StoredKernel {
  const { kernels } = arena;
  const [inputs, units] = shape;
  const plain = { trainable: false, format: null, limit: null, constraint: null, regularizer: null, pruning: null };
  const stored = new StoredWeight(arena, { name: "kernel", values, shape, ...plain });
  stored.place(arena.allocate(stored.size), 0);
  const { values: w, panelRows, bytes } = stored;
  const [xStride, yStride] = [roundUp(inputs, 8), roundUp(units, 8)];
  return {
    bytes,
    matvec: (x, y) => kernels.matvec(x, w, panelRows, bias, y, yStride),
    matmul: (x, y, rows) => kernels.matmul(x, xStride, w, panelRows, bias, y, yStride, rows, inputs, units),
  };
}
