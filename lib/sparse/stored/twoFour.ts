import type { Matrix } from "../../data/matrix.js";
import type { Arena } from "../../wasm/arena.js";
import { roundUp } from "../../wasm/signal.js";
import { toMByN } from "../mByN.js";
import { transpose } from "../transpose.js";
import { bySixteen } from "./storedKernel.js";
import type { StoredKernel } from "./storedKernel.js";

/** Two of every four weights of a unit and two bits for each; four units lie side by side. */
export function storeTwoFour(arena: Arena, kernel: Matrix, bias: number): StoredKernel {
  const { kernels } = arena;
  const [inputs, units] = kernel.shape;
  const { values, indices } = toMByN(transpose(kernel), [2, 4]);
  const groups = Math.ceil(inputs / 4);
  const bytes = Math.ceil(units / 4) * groups * 2;
  const v = arena.allocate(4 * bytes);
  const c = arena.allocate(Math.ceil(bytes / 4));
  const weights = arena.at(v, 4 * bytes);
  const choices = new Uint8Array(arena.numbers.buffer, c, bytes);
  for (let unit = 0, i = 0; unit < units; unit++) {
    for (let entry = 0; entry < 2 * groups; entry++, i++) {
      const at = (unit >> 2) * 2 * groups + entry;
      weights[4 * at + (unit & 3)] = values[i];
      choices[at] |= indices[i] << (2 * (unit & 3));
    }
  }
  const shuffles = storeShuffles(arena);
  return {
    bytes: 16 * bytes + bytes,
    matvec: (x, y) => kernels.twoFourMatvec(v, c, shuffles, groups, bias, x, y, units),
    matmul: bySixteen(arena, roundUp(inputs, 8), roundUp(units, 8), (x, y) => kernels.twoFourMatmul(v, c, groups, bias, x, y, units)),
  };
}

/** For each byte of four choices: which bytes of four float32 numbers bring each chosen one to its place. */
function storeShuffles(arena: Arena): number {
  const address = arena.allocate(256 * 4);
  const table = new Uint8Array(arena.numbers.buffer, address, 256 * 16);
  for (let i = 0; i < table.length; i++) {
    const unit = (i >> 2) & 3;
    const choice = ((i >> 4) >> (2 * unit)) & 3;
    table[i] = 4 * choice + (i & 3);
  }
  return address;
}
