import type { Matrix } from "../../data/matrix.js";
import type { Arena } from "../../wasm/arena.js";
import { roundUp } from "../../wasm/signal.js";
import { nonzeros } from "../denseMatrix.js";
import { transpose } from "../transpose.js";
import { bySixteen } from "./storedKernel.js";
import type { StoredKernel } from "./storedKernel.js";

const WORD = 64;

/** A bit a weight, each unit's from a new word of 64 bits on, and the weights that are not zero. */
export function storeBitmap(arena: Arena, kernel: Matrix, bias: number): StoredKernel {
  const { kernels } = arena;
  const [inputs, units] = kernel.shape;
  const words = Math.ceil(inputs / WORD);
  const weights = transpose(kernel).values;
  const values = nonzeros(weights);
  const v = arena.allocate(values.length);
  const b = arena.allocate(2 * units * words);
  arena.at(v, values.length).set(values);
  const bitmap = new Uint8Array(arena.numbers.buffer, b, 8 * units * words);
  for (let unit = 0, i = 0; unit < units; unit++) {
    for (let bit = unit * words * WORD; bit < unit * words * WORD + inputs; bit++, i++) {
      if (weights[i] !== 0) bitmap[bit >> 3] |= 1 << (bit & 7);
    }
  }
  return {
    bytes: 4 * values.length + bitmap.length,
    matvec: (x, y) => kernels.bitmapMatvec(v, b, words, bias, x, y, units),
    matmul: bySixteen(arena, roundUp(inputs, 8), roundUp(units, 8), (x, y) => kernels.bitmapMatmul(v, b, words, bias, x, y, units)),
  };
}
