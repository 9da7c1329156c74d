/** Which weights are pruned together, and among which those to prune are chosen; names as in TFMOT. */
export interface PruningPattern {
  /** Rows and columns of the blocks that a kernel [inputs, units] is pruned in. [1, 1]: single weights. */
  blockSize: readonly [number, number];
  /** What stands for a block: the mean or the largest of its magnitudes. */
  blockPoolingType: "AVG" | "MAX";
  /** [m, n]: of every n weights of a unit that follow each other, m are zero; null for none. [2, 4] is what GPUs know. */
  sparsityMByN: readonly [number, number] | null;
  /** Whether each layer gets the sparsity asked for, or all layers together. */
  scope: "layer" | "global";
}

/** Single weights, each layer alike. */
export const defaultPattern: PruningPattern = { blockSize: [1, 1], blockPoolingType: "AVG", sparsityMByN: null, scope: "layer" };

/** Whether weights are pruned one by one. */
export const isUnstructured = ({ blockSize, sparsityMByN }: PruningPattern): boolean =>
  sparsityMByN === null && blockSize[0] === 1 && blockSize[1] === 1;

/**
 * Fills in defaults.
 *
 * @throws {RangeError} When a size is not a whole number above 0, m is not smaller than n, or two patterns exclude
 *   each other.
 */
export function pruningPattern(args: Partial<PruningPattern> = {}): PruningPattern {
  const pattern: PruningPattern = {
    blockSize: args.blockSize ?? defaultPattern.blockSize,
    // TensorFlow.js writes strings of a config in lower case.
    blockPoolingType: (args.blockPoolingType?.toUpperCase() ?? defaultPattern.blockPoolingType) as "AVG" | "MAX",
    sparsityMByN: args.sparsityMByN ?? defaultPattern.sparsityMByN,
    scope: args.scope ?? defaultPattern.scope,
  };
  const { blockSize, blockPoolingType, sparsityMByN, scope } = pattern;
  const isPair = (pair: readonly number[]): boolean => pair.length === 2 && pair.every((size) => Number.isInteger(size) && size > 0);
  if (!isPair(blockSize)) throw new RangeError(`Expected blockSize to be two whole numbers above 0 but found [${blockSize}].`);
  if (blockPoolingType !== "AVG" && blockPoolingType !== "MAX") {
    throw new RangeError(`Expected blockPoolingType to be AVG or MAX but found ${String(blockPoolingType)}.`);
  }
  if (sparsityMByN && !(isPair(sparsityMByN) && sparsityMByN[0] < sparsityMByN[1])) {
    throw new RangeError(`Expected sparsityMByN to be two whole numbers, the first smaller, but found [${sparsityMByN}].`);
  }
  if (scope !== "layer" && scope !== "global") throw new RangeError(`Expected scope to be layer or global but found ${String(scope)}.`);
  if (sparsityMByN && (blockSize[0] > 1 || blockSize[1] > 1)) throw new RangeError("Expected blockSize or sparsityMByN but found both.");
  if (scope === "global" && !isUnstructured(pattern)) {
    throw new RangeError("Expected single weights for the scope global but found blocks or sparsityMByN.");
  }
  return pattern;
}
