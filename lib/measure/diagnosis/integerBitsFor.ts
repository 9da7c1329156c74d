/**
 * The least integer bits i such that magnitudes are below 2^i, the sign not counted.
 *
 * @param low Smallest value of the format: at 0, as of a ReLU, negative numbers do not count.
 * @param share Share of the numbers that may be larger, 0 to 1.
 * @returns Negative where all numbers are below 1/2; null where none is other than 0.
 * @example integerBitsFor(Float32Array.of(0.3, -5), -8, 0); // 3
 */
export function integerBitsFor(values: Float32Array, low: number, share: number): number | null {
  const counts = new Map<number, number>();
  for (const value of values) {
    const magnitude = low < 0 ? Math.abs(value) : value;
    if (!(magnitude > 0 && magnitude < Infinity)) continue;
    const integer = Math.floor(Math.log2(magnitude)) + 1;
    counts.set(integer, (counts.get(integer) ?? 0) + 1);
  }
  let larger = 0;
  const falling = [...counts.keys()].sort((a, b) => b - a);
  for (const integer of falling) {
    larger += counts.get(integer) ?? 0;
    if (larger > share * values.length) return integer;
  }
  return falling.at(-1) ?? null;
}
