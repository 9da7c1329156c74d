import { checkNumbers } from "./checkNumbers.js";

/**
 * Of every n weights of a unit that follow each other, the n - m largest are kept, of equal ones the first
 * (TFMOT: `generate_m_by_n_mask`). With [2, 4] half of the weights are zero, in a pattern that hardware can use.
 *
 * @param weights [inputs, units], or [height, width, channels, filters]; groups run along the inputs or channels of
 *   one unit or filter. A group at the end may be shorter and then keeps as many, if it has them.
 * @param mByN m zeros in every n weights.
 * @returns 1 for a weight that is kept, 0 for one that is pruned, in the order of the weights.
 * @throws {TypeError} When the weights have one axis only.
 * @throws {RangeError} When a weight is NaN.
 * @example
 * mByNMask(Float32Array.of(1, -4, 3, 2), [4, 1], [2, 4]); // [0, 1, 1, 0]
 */
export function mByNMask(weights: Float32Array, shape: readonly number[], [m, n]: readonly [number, number]): Float32Array {
  if (shape.length < 2) throw new TypeError(`Expected a kernel [inputs, units] for ${m}:${n} sparsity but found the shape [${shape}].`);
  checkNumbers(weights);
  const units = shape[shape.length - 1];
  const inputs = shape[shape.length - 2];
  const mask = new Float32Array(weights.length);
  const group: number[] = [];
  for (let start = 0; start < weights.length; start += inputs * units) {
    for (let unit = 0; unit < units; unit++) {
      for (let first = 0; first < inputs; first += n) {
        group.length = 0;
        for (let input = first; input < Math.min(first + n, inputs); input++) group.push(start + input * units + unit);
        group.sort((a, b) => Math.abs(weights[b]) - Math.abs(weights[a])); // stable: equal ones stay in order
        for (const i of group.slice(0, n - m)) mask[i] = 1;
      }
    }
  }
  return mask;
}
