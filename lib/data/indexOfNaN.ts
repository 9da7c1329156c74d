/**
 * The place of the first NaN among numbers, or -1.
 *
 * @example indexOfNaN([1, NaN]); // 1
 */
export function indexOfNaN(values: ArrayLike<number>): number {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return i;
  return -1;
}
