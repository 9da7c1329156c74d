const BITS = [11, 11, 10];

/**
 * The k-th largest of numbers that are 0 or more, in time proportional to their count.
 *
 * Numbers of one sign are ordered as their bits are: the answer's bits are found from the highest down, by counting
 * how many numbers share what is known of it (radix selection).
 *
 * @param values float32, 0 or more and not NaN.
 * @param k From 1, the largest, to the number of values.
 * @example
 * kthLargest(Float32Array.of(3, 1, 2), 2); // 2
 */
export function kthLargest(values: Float32Array, k: number): number {
  const numbers = Float32Array.from(values);
  let left = new Uint32Array(numbers.buffer);
  let rank = k;
  let shift = 32;
  let found = 0;
  for (const bits of BITS) {
    shift -= bits;
    const buckets = new Uint32Array(2 ** bits);
    const mask = 2 ** bits - 1;
    for (let i = 0; i < left.length; i++) buckets[(left[i] >>> shift) & mask]++;
    let bucket = mask;
    while (buckets[bucket] < rank) rank -= buckets[bucket--];
    found = (found | (bucket << shift)) >>> 0;
    let kept = 0;
    for (let i = 0; i < left.length; i++) if (((left[i] >>> shift) & mask) === bucket) left[kept++] = left[i];
    left = left.subarray(0, kept);
  }
  return new Float32Array(Uint32Array.of(found).buffer)[0];
}
