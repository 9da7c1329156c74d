import { largestMask } from "./magnitudeMask.js";
import type { PruningBehaviour } from "./magnitudeMask.js";
import type { PruningPattern } from "./pruningPattern.js";

/** How blocks are chosen. */
export interface BlockMaskArgs {
  blockSize: PruningPattern["blockSize"];
  /** Default "AVG". */
  blockPoolingType?: PruningPattern["blockPoolingType"];
  /** Default "exact". */
  behaviour?: PruningBehaviour;
  /** The mask so far: of equal blocks the ones it prunes stay pruned. Default none. */
  previous?: Float32Array;
}

/** How to pool: `centred` as TensorFlow's padding SAME, which cuts off the first run as well as the last. */
interface Pooling {
  isMax: boolean;
  centred: boolean;
}

/** What stands for each run of `size` numbers along one axis; runs at the ends may be shorter. */
function poolAxis(values: Float32Array, rows: number, columns: number, size: number, { isMax, centred }: Pooling): Float32Array {
  const runs = Math.ceil(rows / size);
  const before = centred ? Math.floor((runs * size - rows) / 2) : 0;
  const pooled = new Float32Array(runs * columns);
  for (let run = 0; run < runs; run++) {
    const start = Math.max(run * size - before, 0);
    const end = Math.min((run + 1) * size - before, rows);
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let row = start; row < end; row++) {
        const value = values[row * columns + column];
        sum = isMax ? Math.max(sum, value) : Math.fround(sum + value);
      }
      pooled[run * columns + column] = isMax ? sum : sum / (end - start);
    }
  }
  return pooled;
}

function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
}

/**
 * Keeps the blocks of a kernel whose weights are largest, in the mean or by their largest one
 * (TFMOT: `Pruning._maybe_update_block_mask`).
 *
 * Where blocks do not divide the kernel, TFMOT scores other weights than those it then prunes: it pools with the
 * padding SAME, half of it before the first row, and prunes from the first row on. The "tfmot" behaviour does the same.
 *
 * @param weights [inputs, units]; blocks at the edges may be cut off.
 * @param sparsity Share of the blocks that are zero, 0 to 1.
 * @returns 1 for a weight that is kept, 0 for one that is pruned, in the order of the weights.
 * @throws {TypeError} When the weights are no matrix.
 * @throws {RangeError} When a weight is NaN.
 * @example
 * blockMask(Float32Array.of(1, 2, 3, 4), [4, 1], 0.5, { blockSize: [2, 1] }); // [0, 0, 1, 1]
 */
export function blockMask(weights: Float32Array, shape: readonly number[], sparsity: number, args: BlockMaskArgs): Float32Array {
  if (shape.length !== 2) throw new TypeError(`Expected a kernel [inputs, units] for blocks but found the shape [${shape}].`);
  const [rows, columns] = shape;
  const { blockSize: [height, width], blockPoolingType = "AVG", behaviour, previous } = args;
  const [blockRows, blockColumns] = [Math.ceil(rows / height), Math.ceil(columns / width)];
  const pooling = { isMax: blockPoolingType === "MAX", centred: behaviour === "tfmot" };
  const tall = poolAxis(weights.map(Math.abs), rows, columns, height, pooling);
  const across = poolAxis(transpose(tall, blockRows, columns), columns, blockRows, width, pooling);
  const pooled = transpose(across, blockColumns, blockRows); // [blockRows, blockColumns]
  const before = previous && pooled.map((_, block) => {
    const [blockRow, blockColumn] = [Math.floor(block / blockColumns), block % blockColumns];
    return previous[blockRow * height * columns + blockColumn * width];
  });
  const blocks = largestMask(pooled, sparsity, behaviour, before);
  return weights.map((_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    return blocks[Math.floor(row / height) * blockColumns + Math.floor(column / width)];
  });
}
