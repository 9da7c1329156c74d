import type { Random } from "../data/random.js";

/**
 * Rounding to one of the two neighbouring multiples of a number, at random, so that the mean is what was rounded
 * (QKeras: `stochastic_round`).
 *
 * @param precision Distance of the multiples, above 0.
 * @example
 * const round = stochasticRounding(createRandom(7), 1);
 * round(0.25); // 0 three times out of four, else 1
 */
export function stochasticRounding(random: Random, precision: number): (x: number) => number {
  return (x) => {
    const multiple = x / precision;
    const below = Math.floor(multiple);
    return precision * (multiple - below < random.uniform() ? below : Math.ceil(multiple));
  };
}
