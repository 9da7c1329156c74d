/**
 * A number as Python prints a float: whole ones with a point.
 *
 * @example pythonFloat(1); // "1.0"
 */
export function pythonFloat(x: number): string {
  return Number.isInteger(x) ? x.toFixed(1) : String(x);
}
