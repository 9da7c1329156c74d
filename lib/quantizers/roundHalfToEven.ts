// Adding 1.5 * 2^52 leaves no room for a fraction: the sum is rounded as IEEE 754 rounds, half to even.
const SHIFT = 1.5 * 2 ** 52;

/**
 * Rounds to the nearest integer, ties to the even one, as `tf.round` and numpy do (`Math.round` does not).
 *
 * @param x A number; beyond ±2^51 it is an integer already as far as float32 goes and comes back unchanged.
 * @example roundHalfToEven(2.5); // 2
 */
export function roundHalfToEven(x: number): number {
  return x < 2 ** 51 && x > -(2 ** 51) ? x + SHIFT - SHIFT : x;
}
