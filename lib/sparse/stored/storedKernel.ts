import type { Arena } from "../../wasm/arena.js";

/** A kernel [inputs, units] in a memory of the WebAssembly kernels, and the products with it; arguments are addresses. */
export interface StoredKernel {
  /** Bytes of its weights and indices. */
  bytes: number;
  /** One sample: x [inputs] filled up with zeros to a multiple of eight, y [units] with room for as many. */
  matvec(x: number, y: number): void;
  /** Several: x [rows, xStride], y [rows, yStride], strides as above, with room for a multiple of sixteen rows. */
  matmul(x: number, y: number, rows: number): void;
}

const SAMPLES = 16;

/**
 * A product of sixteen samples at a time, which lie one beside the other: turns samples before it and outputs after it.
 *
 * @param multiply x [xStride][16], y [yStride][16]
 */
export function bySixteen(
  arena: Arena,
  xStride: number,
  yStride: number,
  multiply: (x: number, y: number) => void,
): StoredKernel["matmul"] {
  const { kernels } = arena;
  const turnedX = arena.allocate(SAMPLES * xStride);
  const turnedY = arena.allocate(SAMPLES * yStride);
  return (x, y, rows) => {
    for (let row = 0; row < rows; row += SAMPLES) {
      kernels.transpose(x + 4 * row * xStride, xStride, turnedX, SAMPLES, SAMPLES, xStride);
      multiply(turnedX, turnedY);
      kernels.transpose(turnedY, SAMPLES, y + 4 * row * yStride, yStride, yStride, SAMPLES);
    }
  };
}
