/** A stream of random numbers that its seed determines. */
export interface Random {
  /** A number of the uniform distribution on [low, high), by default [0, 1). */
  uniform(low?: number, high?: number): number;
  /** A number of the normal distribution, by default with mean 0 and standard deviation 1. */
  normal(mean?: number, deviation?: number): number;
  /** A whole number from 0 to below - 1, each as likely. */
  integer(below: number): number;
  /** Shuffles an array in place and returns it (Fisher-Yates). */
  shuffle<T extends { length: number; [index: number]: unknown }>(values: T): T;
  /** The numbers 0 to length - 1 in random order. */
  permutation(length: number): Uint32Array;
}

/**
 * Starts a stream of random numbers: sfc32 of Chris Doty-Humphrey's PractRand, period about 2^127.
 *
 * @param seed whole number; equal seeds give equal streams
 * @throws {RangeError} if the seed is no safe integer
 *
 * @example
 * createRandom(7).integer(10) === createRandom(7).integer(10); // true
 */
export function createRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`Expected seed to be a whole number but found ${seed}`);
  }
  let a = 0x9e3779b9;
  let b = Math.floor(seed / 0x100000000) | 0;
  let c = seed | 0;
  let counter = 1;
  let spare: number | undefined;

  function next(): number {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
  // The first numbers of near seeds resemble each other; twelve rounds mix the state (PractRand).
  for (let round = 0; round < 12; round++) next();

  const random: Random = {
    uniform: (low = 0, high = 1) => low + (high - low) * (next() / 0x100000000),
    normal(mean = 0, deviation = 1) {
      // Box and Muller's transform makes two numbers at a time.
      let z = spare;
      spare = undefined;
      if (z === undefined) {
        const radius = Math.sqrt(-2 * Math.log((next() + 1) / 0x100000000));
        const angle = (2 * Math.PI * next()) / 0x100000000;
        z = radius * Math.cos(angle);
        spare = radius * Math.sin(angle);
      }
      return mean + deviation * z;
    },
    integer(below) {
      if (!Number.isInteger(below) || below < 1 || below > 0x100000000) {
        throw new RangeError(`Expected below to be a whole number from 1 to 2^32 but found ${below}`);
      }
      return Math.floor((next() / 0x100000000) * below);
    },
    shuffle(values) {
      for (let last = values.length - 1; last > 0; last--) {
        const other = random.integer(last + 1);
        const value = values[last];
        values[last] = values[other];
        values[other] = value;
      }
      return values;
    },
    permutation: (length) => random.shuffle(Uint32Array.from({ length }, (_, index) => index)),
  };
  return random;
}
