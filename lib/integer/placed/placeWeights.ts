import type { Arena } from "../../wasm/arena.js";
import { roundUp } from "../../wasm/signal.js";

/** Units that the dense kernels compute at a time. */
export const PANEL = 8;

/** Whether whole numbers fit into two's complement numbers of so many bits. */
export const fits = (values: ArrayLike<number>, bits: number): boolean => {
  const most = 2 ** (bits - 1);
  for (let i = 0; i < values.length; i++) if (!(values[i] >= -most && values[i] < most)) return false;
  return true;
};

/** Codes of a kernel [inputs, units]. */
interface KernelCodes {
  inputs: number;
  units: number;
  weights: ArrayLike<number>;
}

/** Puts a kernel into memory as `integerDense8` or `integerDense16` reads it, of 8 bits where they do. */
export function placeWeights(arena: Arena, { inputs, units, weights }: KernelCodes): { address: number; bits: 8 | 16; bytes: number } {
  const bits = fits(weights, 8) ? 8 : 16;
  const rows = roundUp(inputs, 2);
  const size = rows * roundUp(units, PANEL);
  const bytes = (size * bits) / 8;
  const address = arena.allocate(Math.ceil(bytes / 4));
  const { buffer } = arena.numbers;
  const stored = bits === 8 ? new Int8Array(buffer, address, size) : new Int16Array(buffer, address, size);
  for (let i = 0; i < inputs; i++) {
    for (let unit = 0; unit < units; unit++) {
      // [units / 8][inputs / 2][8][2]
      const panel = Math.floor(unit / PANEL) * rows * PANEL;
      stored[panel + (i - (i % 2)) * PANEL + (unit % PANEL) * 2 + (i % 2)] = weights[i * units + unit];
    }
  }
  return { address, bits, bytes };
}
