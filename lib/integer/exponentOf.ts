/**
 * The exponent of a power of two, or null of any other number.
 *
 * @example exponentOf(0.25); // -2
 */
export function exponentOf(x: number): number | null {
  const exponent = Math.round(Math.log2(x));
  return 2 ** exponent === x ? exponent : null;
}
