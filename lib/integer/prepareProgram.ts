import type { Matrix } from "../data/matrix.js";
import { Arena } from "../wasm/arena.js";
import { copyRows } from "../wasm/copyRows.js";
import { roundUp } from "../wasm/signal.js";
import { checkProgram } from "./checkProgram.js";
import { checkRows, checkSample } from "./checkRows.js";
import { logitLabels } from "./logitLabels.js";
import { isNarrow, placeNarrow } from "./placed/narrow.js";
import { ROWS } from "./placed/placedProgram.js";
import { placeWide } from "./placed/wide.js";
import type { IntegerProgram, IntegerLogits } from "./program.js";

/** An integer program, ready to run. */
export interface PreparedProgram {
  /** Bits of an accumulator in memory: 32 with the fast kernels, 64 where a sum, a code or a weight is too long for them. */
  readonly accumulatorBits: 32 | 64;
  /** Bytes that the weights take in memory, filled up to whole panels. */
  readonly weightBytes: number;
  /**
   * A batch.
   *
   * @param x [samples, inputs]
   * @returns Logits [samples, outputs], the same numbers as `interpretProgram` gives.
   * @throws {TypeError} When the samples have another size.
   * @throws {RangeError} When a number is NaN.
   */
  run(x: Matrix): IntegerLogits;
  /**
   * One sample.
   *
   * @param x [inputs]
   * @returns Logits [outputs].
   * @throws {TypeError} When x has another length.
   * @throws {RangeError} When a number is NaN.
   */
  runSample(x: Float32Array): Float64Array;
  /**
   * The classes of a batch, see `logitLabels`.
   *
   * @param x [samples, inputs]
   * @returns [samples]
   * @throws {TypeError} When the samples have another size.
   * @throws {RangeError} When a number is NaN.
   */
  predict(x: Matrix): Uint8Array;
}

/**
 * Brings an integer program into a WebAssembly memory, to run it. Weights of 8 or 16 bits, codes of at most 16 and sums of
 * at most 32 go through SIMD kernels that do eight multiplications at a time (lib/wasm/kernels/integer); a program with
 * anything longer goes through plain ones of 64 bits.
 *
 * @throws {TypeError | RangeError} When the program is not valid, see `checkProgram`.
 * @example
 * const prepared = prepareProgram(integerProgram(model));
 * prepared.predict(testX); // [10000]
 * latency(() => prepared.runSample(image)).median; // microseconds
 */
export function prepareProgram(program: IntegerProgram): PreparedProgram {
  checkProgram(program);
  const { inputs, layers, activation } = program;
  const outputs = layers[layers.length - 1].units;
  const arena = new Arena();
  const placed = isNarrow(program) ? placeNarrow(arena, program) : placeWide(arena, program);
  const stride = roundUp(inputs, 8);
  const rowsAt = arena.at(placed.x, ROWS * stride);
  const run = (x: Matrix): IntegerLogits => {
    const samples = checkRows(x, inputs);
    const values = new Float64Array(samples * outputs);
    for (let first = 0; first < samples; first += ROWS) {
      const rows = Math.min(ROWS, samples - first);
      copyRows(x.values.subarray(first * inputs), inputs, rowsAt, stride, rows);
      placed.forward(rows);
      placed.read(values.subarray(first * outputs), rows);
    }
    return { values, shape: [samples, outputs] };
  };
  return {
    accumulatorBits: placed.accumulatorBits,
    weightBytes: placed.weightBytes,
    run,
    runSample(x) {
      checkSample(x, inputs);
      const values = new Float64Array(outputs);
      rowsAt.set(x);
      placed.forward(1);
      placed.read(values, 1);
      return values;
    },
    predict: (x) => logitLabels(run(x), activation),
  };
}
