/** How long a call takes, in microseconds. */
export interface Latency {
  /** The middle one of the rounds: half of them were faster, half slower. */
  median: number;
  /** The lower quartile of the rounds. */
  low: number;
  /** The upper quartile of the rounds. */
  high: number;
}

/** Options of `latency`. */
export interface LatencyOptions {
  /** How long to measure a function, after warming up. Default 0.25. */
  seconds?: number;
  /** How many times to look at the clock; each round is a batch of calls. Default 25. */
  rounds?: number;
}

/** Milliseconds that some calls take. */
function time(run: () => unknown, calls: number): number {
  const start = performance.now();
  let result: unknown;
  for (let i = 0; i < calls; i++) result = run();
  const took = performance.now() - start;
  if (result instanceof Promise) throw new TypeError("Expected a synchronous function to measure but found one that returns a promise.");
  return took;
}

/** How many calls take about so many milliseconds; finding out warms the function up. */
function callsIn(milliseconds: number, run: () => unknown): number {
  for (let calls = 1; ; calls *= 2) {
    const took = time(run, calls);
    if (took >= milliseconds) return Math.max(1, Math.round((calls * milliseconds) / took));
  }
}

function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/**
 * Measures functions side by side: in each round every one of them is called for a while, so that a slow phase of the
 * machine hits all alike.
 *
 * @param runs Synchronous functions.
 * @param options See `LatencyOptions`.
 * @returns The latency of each, in the order given.
 * @throws {RangeError} When seconds is not above 0 or rounds not a whole number above 0.
 * @throws {TypeError} When a function returns a promise: its time would be that of starting it.
 * @example
 * const [dense, sparse] = latencies([() => denseKernel.matvec(x), () => sparseKernel.matvec(x)]);
 * dense.median / sparse.median; // speed-up
 */
export function latencies(runs: readonly (() => unknown)[], options: LatencyOptions = {}): Latency[] {
  const { seconds = 0.25, rounds = 25 } = options;
  if (!(seconds > 0 && seconds < Infinity)) throw new RangeError(`Expected seconds to be a number above 0 but found ${seconds}.`);
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`Expected rounds to be a whole number above 0 but found ${rounds}.`);
  const milliseconds = (1000 * seconds) / rounds;
  for (const run of runs) callsIn(milliseconds, run);
  // Again, now that all are compiled: the first count was found while they were slow.
  const calls = runs.map((run) => callsIn(milliseconds, run));
  const measured = runs.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    runs.forEach((run, i) => measured[i].push((1000 * time(run, calls[i])) / calls[i]));
  }
  return measured.map((values) => {
    const sorted = values.sort((a, b) => a - b);
    return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
  });
}

/**
 * Measures how long a function takes: it is warmed up, then called in batches that are long enough for the clock.
 *
 * @param run Synchronous.
 * @param options See `LatencyOptions`.
 * @throws {RangeError} When seconds is not above 0 or rounds not a whole number above 0.
 * @throws {TypeError} When a function returns a promise: its time would be that of starting it.
 * @example
 * latency(() => kernel.matvec(x)); // { median: 12.1, low: 12.0, high: 12.4 } microseconds a call
 */
export function latency(run: () => unknown, options: LatencyOptions = {}): Latency {
  return latencies([run], options)[0];
}
