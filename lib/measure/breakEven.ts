import type { Matrix } from "../data/matrix.js";
import { createRandom } from "../data/random.js";
import { chooseMasks } from "../pruning/chooseMasks.js";
import { prepareKernel } from "../sparse/prepareKernel.js";
import type { KernelFormat } from "../sparse/prepareKernel.js";
import { latencies } from "./latency.js";
import type { LatencyOptions } from "./latency.js";

/** Arguments of `breakEven`. */
export interface BreakEvenArgs extends LatencyOptions {
  /** Size of the layer. */
  inputs: number;
  units: number;
  /** Shares of zeros, 0 to below 1. Default 0.5, 0.6, 0.7, 0.8, 0.9, 0.95 and 0.98. */
  sparsities?: readonly number[];
  /** What is held against the dense kernel. Default all. */
  formats?: readonly KernelFormat[];
  /** Samples at a time; 1 is a product with a vector. Default 1. */
  batch?: number;
  /** Of the random weights and samples. Default 1. */
  seed?: number;
}

/** What a layer costs in one format. */
export interface BreakEvenRow {
  format: KernelFormat;
  /** Share of zeros among the weights. */
  sparsity: number;
  /** Of a sample, the median of the rounds. */
  microseconds: number;
  /** Quartiles of the rounds. */
  low: number;
  high: number;
  /** Of the weights and indices in memory. */
  bytes: number;
  /** Time of the dense kernel divided by this one: above 1 the sparse one is faster. */
  speedup: number;
}

const usual: readonly number[] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98];

/** The sparsities that a format is measured at: dense does not see zeros, 2:4 always has half of them. */
function sparsitiesOf(format: KernelFormat, sparsities: readonly number[]): readonly number[] {
  if (format === "dense") return [0];
  return format === "2:4" ? [0.5] : sparsities;
}

function prune({ values, shape }: Matrix, format: KernelFormat, sparsity: number): Matrix {
  if (format === "dense") return { values, shape };
  const [mask] = chooseMasks([{ values, shape }], { sparsity, sparsityMByN: format === "2:4" ? [2, 4] : null });
  return { values: values.map((value, i) => value * mask[i]), shape };
}

/**
 * Measures where sparse kernels overtake the dense one, for `breakEvenSparsity`: a layer of random normal weights, pruned by magnitude, in each
 * format and at each sparsity, all of them side by side in time.
 *
 * @param args See `BreakEvenArgs`. Each row takes `seconds` and a tenth more to warm up: all rows about 5 s by default.
 * @returns A row for the dense kernel, then one for each format and sparsity.
 * @throws {RangeError} When a size, sparsity, format or option is out of range.
 * @example
 * const rows = breakEven({ inputs: 784, units: 256, sparsities: [0.5, 0.9], formats: ["csr"] });
 * breakEvenSparsity(rows, "csr"); // null or a number from 0.5 to 0.9
 */
export function breakEven(args: BreakEvenArgs): BreakEvenRow[] {
  const { inputs, units, sparsities = usual, formats = ["csr", "bitmap", "2:4"], batch = 1, seed = 1, ...options } = args;
  for (const [name, size] of Object.entries({ inputs, units, batch })) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`Expected ${name} to be a whole number above 0 but found ${size}.`);
  }
  const wrong = sparsities.find((sparsity) => !(sparsity >= 0 && sparsity < 1));
  if (wrong !== undefined) throw new RangeError(`Expected sparsities from 0 to below 1 but found ${wrong}.`);
  const random = createRandom(seed);
  const draw = (rows: number, columns: number, next: () => number): Matrix => ({
    values: Float32Array.from({ length: rows * columns }, next),
    shape: [rows, columns],
  });
  const kernel = draw(inputs, units, () => random.normal());
  const x = draw(batch, inputs, () => random.uniform());
  const bias = draw(1, units, () => random.normal()).values;
  const all: KernelFormat[] = ["dense", ...formats.filter((format) => format !== "dense")];
  const points = all.flatMap((format) =>
    sparsitiesOf(format, sparsities).map((sparsity) => {
      const prepared = prepareKernel(prune(kernel, format, sparsity), { format, bias });
      const run = batch === 1 ? () => prepared.matvec(x.values) : () => prepared.matmul(x);
      return { format, sparsity, bytes: prepared.bytes, run };
    }),
  );
  const measured = latencies(points.map(({ run }) => run), options);
  return points.map(({ format, sparsity, bytes }, i) => {
    const { median, low, high } = measured[i];
    const speedup = measured[0].median / median;
    return { format, sparsity, microseconds: median / batch, low: low / batch, high: high / batch, bytes, speedup };
  });
}
