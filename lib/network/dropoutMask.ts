/** Mixes the bits of a 32-bit number (Wellons, "lowbias32"). */
function hash(x: number): number {
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  x ^= x >>> 16;
  return x >>> 0;
}

/**
 * What tells the mask of one step and layer from another.
 *
 * @param seed Whole number.
 * @param step Steps count from 1.
 * @param index How many dropout layers come before.
 */
export function dropoutKey(seed: number, step: number, index: number): number {
  return hash(hash(hash((seed ^ Math.floor(seed / 2 ** 32)) >>> 0) ^ step) ^ index);
}

/**
 * A mask of dropout: 0 with probability `rate`, else `1 / (1 - rate)`. A number depends on the key and on where it
 * stands only; the training kernels draw the same one.
 *
 * @param size How many numbers, in row-major order of what is masked.
 * @param rate Probability of a zero, 0 to below 1.
 */
export function dropoutMask(size: number, key: number, rate: number): Float32Array {
  const kept = 1 / (1 - rate);
  const threshold = Math.floor(rate * 2 ** 32);
  const mask = new Float32Array(size);
  for (let i = 0; i < size; i++) mask[i] = hash(i ^ key) >= threshold ? kept : 0;
  return mask;
}
