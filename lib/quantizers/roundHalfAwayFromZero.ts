/**
 * Rounds to the nearest integer, ties to the one further from 0, as C's `round` and TFLite do.
 *
 * @example roundHalfAwayFromZero(-2.5); // -3
 */
export function roundHalfAwayFromZero(x: number): number {
  const whole = Math.trunc(x);
  // What is behind the point is exact; adding 1/2 to the largest number below 1/2 would give 1.
  return Math.abs(x - whole) >= 0.5 ? whole + Math.sign(x) : whole;
}
