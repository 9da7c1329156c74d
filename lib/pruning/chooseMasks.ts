import { blockMask } from "./blockMask.js";
import { largestMask } from "./magnitudeMask.js";
import type { PruningBehaviour } from "./magnitudeMask.js";
import { mByNMask } from "./mByNMask.js";
import { isUnstructured, pruningPattern } from "./pruningPattern.js";
import type { PruningPattern } from "./pruningPattern.js";

/** Weights, or scores of weights, that a mask is chosen by. */
export interface Maskable {
  /** Row-major; what counts is their magnitude. */
  values: Float32Array;
  /** [inputs, units], or [height, width, channels, filters]. */
  shape: readonly number[];
  /** The mask so far: of equal weights the ones it prunes stay pruned. All layers have one or none. Default none. */
  previous?: Float32Array;
}

/** What masks look like; the pattern's defaults are those of `pruningPattern`. */
export interface MaskChoice extends Partial<Omit<PruningPattern, "scope">> {
  /** Share of zeros, 0 to 1; does not count for `sparsityMByN`. */
  sparsity: number;
  /** Among which weights the least important are sought; "unit" and "global" are for single weights. Default "layer". */
  scope?: PruningPattern["scope"] | "unit";
  /** Default "exact". */
  behaviour?: PruningBehaviour;
}

function layerMask({ values, shape, previous }: Maskable, { sparsity, behaviour, ...args }: MaskChoice): Float32Array {
  const pattern = pruningPattern({ ...args, scope: "layer" });
  if (pattern.sparsityMByN) return mByNMask(values, shape, pattern.sparsityMByN);
  if (isUnstructured(pattern)) return largestMask(values, sparsity, behaviour, previous);
  return blockMask(values, shape, sparsity, { ...pattern, behaviour, previous });
}

/** Each unit keeps the same share of its inputs. */
function unitMask({ values, shape }: Maskable, { sparsity, behaviour }: MaskChoice): Float32Array {
  const units = shape[shape.length - 1];
  const mask = new Float32Array(values.length);
  for (let unit = 0; unit < units; unit++) {
    const own = Float32Array.from({ length: values.length / units }, (_, input) => values[input * units + unit]);
    largestMask(own, sparsity, behaviour).forEach((kept, input) => (mask[input * units + unit] = kept));
  }
  return mask;
}

function join(tensors: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(tensors.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const tensor of tensors) {
    all.set(tensor, end);
    end += tensor.length;
  }
  return all;
}

/** One threshold for all layers, as if they were one. */
function globalMasks(layers: readonly Maskable[], { sparsity, behaviour }: MaskChoice): Float32Array[] {
  const before = layers.flatMap(({ previous }) => (previous ? [previous] : []));
  const previous = before.length > 0 ? join(before) : undefined;
  const mask = largestMask(join(layers.map(({ values }) => values)), sparsity, behaviour, previous);
  let end = 0;
  return layers.map(({ values }) => mask.slice(end, (end += values.length)));
}

/**
 * The masks of layers.
 *
 * @returns For each layer 1 for a weight that is kept, 0 for one that is pruned, in the order of its weights.
 * @throws {RangeError} When a value is NaN or the pattern makes no sense.
 * @throws {TypeError} When blocks are asked for and a layer's weights are no matrix.
 * @example
 * chooseMasks([{ values: Float32Array.of(1, -4, 3, 2), shape: [4, 1] }], { sparsity: 0.75 }); // [[0, 1, 0, 0]]
 */
export function chooseMasks(layers: readonly Maskable[], choice: MaskChoice): Float32Array[] {
  if (choice.scope === "global") return globalMasks(layers, choice);
  return layers.map((layer) => (choice.scope === "unit" ? unitMask(layer, choice) : layerMask(layer, choice)));
}
