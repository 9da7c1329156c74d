/** An integer program in a memory of the WebAssembly kernels. */
export interface PlacedProgram {
  /** Bits of an accumulator. */
  accumulatorBits: 32 | 64;
  /** Bytes of weights, with what they are filled up with. */
  weightBytes: number;
  /** Address of samples, float32 [ROWS, stride], stride the inputs rounded up to a multiple of eight. */
  x: number;
  /** Runs the first `rows` samples. */
  forward(rows: number): void;
  /** The logits of the last run, [rows, outputs]. */
  read(logits: Float64Array, rows: number): void;
}

/** How many samples go through at a time: few enough for the processor's cache. */
export const ROWS = 64;
