/**
 * The least integer bits i such that magnitudes are below 2^i, the sign not counted.
 *
 * @param low Smallest value of the format: at 0, as of a ReLU, negative numbers do not count.
 * @returns Negative where all numbers are below 1/2; null where none is other than 0.
 * @example integerBitsFor(Float32Array.of(0.3, -5), -8); // 3
 */
export function integerBitsFor(values: Float32Array, low: number): number | null {
  let largest = 0;
  for (const value of values) {
    const magnitude = low < 0 ? Math.abs(value) : value;
    if (magnitude > largest && magnitude < Infinity) largest = magnitude;
  }
  return largest === 0 ? null : Math.floor(Math.log2(largest)) + 1;
}
