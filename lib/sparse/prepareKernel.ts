import type { Matrix } from "../data/matrix.js";
import { Arena } from "../wasm/arena.js";
import { copyRows } from "../wasm/copyRows.js";
import { roundUp } from "../wasm/signal.js";
import { checkMatrix } from "./denseMatrix.js";
import { storeBitmap } from "./stored/bitmap.js";
import { storeCsr } from "./stored/csr.js";
import { storeDense } from "./stored/dense.js";
import type { StoredKernel } from "./stored/storedKernel.js";
import { storeTwoFour } from "./stored/twoFour.js";

/** How a kernel lies in memory while it is computed with. */
export type KernelFormat = "dense" | "csr" | "bitmap" | "2:4";

/** Options of `prepareKernel`. */
export interface PrepareKernelOptions {
  /** Default "csr". */
  format?: KernelFormat;
  /** [units], added to each output. Default none. */
  bias?: Float32Array | null;
}

/** A layer's weights, ready to compute `y = x · kernel + bias`. */
export interface PreparedKernel {
  readonly format: KernelFormat;
  readonly inputs: number;
  readonly units: number;
  /**
   * Bytes that the kernel takes in memory, its indices counted and its bias not. Indices are as wide as the processor
   * likes them (CSR: 2 bytes a column, 4 a row start; bitmap: whole words of 64 bits a unit), so it is more than in a file.
   */
  readonly bytes: number;
  /**
   * One sample.
   *
   * @param x [inputs]
   * @returns [units]
   * @throws {TypeError} When x has another length.
   */
  matvec(x: Float32Array): Float32Array;
  /**
   * A batch.
   *
   * @param x [samples, inputs]
   * @returns [samples, units]
   * @throws {TypeError} When the samples have another size.
   */
  matmul(x: Matrix): Matrix;
}

const store: Record<KernelFormat, (arena: Arena, kernel: Matrix, bias: number) => StoredKernel> = {
  dense: storeDense,
  csr: storeCsr,
  bitmap: storeBitmap,
  "2:4": storeTwoFour,
};

const ROWS = 64; // few enough for the processor's cache, a multiple of sixteen

/**
 * Brings a layer's kernel into a WebAssembly memory in a format of your choice, to compute with it: "dense", all weights;
 * "csr" and "bitmap", those that are not zero; "2:4", two of every four of a unit. Each format has SIMD kernels of its
 * own (lib/wasm/kernels), all in float32; outputs differ by rounding only, because sums are added up in another order.
 * In "csr" and "bitmap" a weight that is zero meets no input, so that 0 · ∞ is 0; in "dense", and in "2:4" where a zero fills
 * up a group, it is NaN.
 *
 * @param kernel [inputs, units], as a layer has it.
 * @param options See `PrepareKernelOptions`.
 * @throws {RangeError} When the format is unknown, the kernel is not 2:4 (its transpose is named, a row a unit), or has
 *   more than 65,536 inputs for "csr".
 * @throws {TypeError} When the kernel has other than inputs times units numbers or the bias other than units.
 * @example
 * const [weights, bias] = model.layers[0].getWeights();
 * const kernel = { values: weights.dataSync() as Float32Array, shape: weights.shape as [number, number] };
 * const sparse = prepareKernel(kernel, { format: "csr", bias: bias.dataSync() as Float32Array });
 * sparse.matvec(image); // [units]
 * sparse.bytes; // 121,448 for 784 x 256 with 90 % zeros; all of its weights take 802,816
 */
export function prepareKernel(kernel: Matrix, options: PrepareKernelOptions = {}): PreparedKernel {
  const { format = "csr", bias = null } = options;
  if (!Object.hasOwn(store, format)) {
    throw new RangeError(`Expected format to be one of ${Object.keys(store).join(", ")} but found ${String(format)}.`);
  }
  checkMatrix(kernel);
  const [inputs, units] = kernel.shape;
  if (bias && bias.length !== units) throw new TypeError(`Expected a bias of ${units} numbers but found ${bias.length}.`);
  const [xStride, yStride] = [roundUp(inputs, 8), roundUp(units, 8)];
  const arena = new Arena();
  const b = arena.allocate(yStride);
  const stored = store[format](arena, kernel, b);
  const x = arena.allocate(ROWS * xStride);
  const y = arena.allocate(ROWS * yStride);
  if (bias) arena.at(b, units).set(bias);
  // Nothing is allocated from here on, so that views stay valid.
  const xRows = arena.at(x, ROWS * xStride);
  const yRows = arena.at(y, ROWS * yStride);
  return {
    format,
    inputs,
    units,
    bytes: stored.bytes,
    matvec(sample) {
      if (sample.length !== inputs) throw new TypeError(`Expected a sample of ${inputs} numbers but found ${sample.length}.`);
      xRows.set(sample);
      stored.matvec(x, y);
      return yRows.slice(0, units);
    },
    matmul(samples) {
      checkMatrix(samples);
      const [count, size] = samples.shape;
      if (size !== inputs) throw new TypeError(`Expected samples of ${inputs} numbers but found ${size}.`);
      const outputs = new Float32Array(count * units);
      for (let first = 0; first < count; first += ROWS) {
        const rows = Math.min(ROWS, count - first);
        copyRows(samples.values.subarray(first * inputs), inputs, xRows, xStride, rows);
        stored.matmul(x, y, rows);
        copyRows(yRows, yStride, outputs.subarray(first * units), units, rows);
      }
      return { values: outputs, shape: [count, units] };
    },
  };
}
