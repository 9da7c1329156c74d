import { createRandom } from "../data/random.js";
import type { Random } from "../data/random.js";

/** Where centroids begin. */
export type ClusterCentroidsInit = "linear" | "densityBased" | "kmeansPlusPlus" | "random";

/** What `kMeans` takes. */
export interface KMeansArgs {
  /** At most so many. */
  numberOfClusters: number;
  clusterCentroidsInit: ClusterCentroidsInit;
  /** Keeps 0 as one of the centroids. */
  keepsZero: boolean;
  /** Determines the centroids of "kmeansPlusPlus" and "random". */
  seed: number;
}

const MOST_ROUNDS = 300;
/** Numbers that k-means++ draws from: as many as tell where a distribution has its mass. */
const MOST_CANDIDATES = 4096;

/** Each chosen with a probability as the square of its distance from the nearest one so far (Arthur and Vassilvitskii 2007). */
function plusPlus(sorted: Float32Array, count: number, first: readonly number[], random: Random): number[] {
  const candidates =
    sorted.length <= MOST_CANDIDATES ? sorted : Float32Array.from({ length: MOST_CANDIDATES }, () => sorted[random.integer(sorted.length)]);
  const chosen = first.length > 0 ? [...first] : [candidates[random.integer(candidates.length)]];
  const distances = Float64Array.from(candidates, (value) => Math.min(...chosen.map((centroid) => (value - centroid) ** 2)));
  while (chosen.length < count + first.length) {
    let left = random.uniform() * distances.reduce((sum, distance) => sum + distance, 0);
    if (left === 0 && distances.every((distance) => distance === 0)) break;
    const at = distances.findIndex((distance) => distance > 0 && (left -= distance) < 0);
    const next = candidates[at < 0 ? distances.findLastIndex((distance) => distance > 0) : at];
    chosen.push(next);
    candidates.forEach((value, i) => (distances[i] = Math.min(distances[i], (value - next) ** 2)));
  }
  return chosen.slice(first.length);
}

function initialCentroids(sorted: Float32Array, count: number, { clusterCentroidsInit, keepsZero, seed }: KMeansArgs): number[] {
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  const random = createRandom(seed);
  switch (clusterCentroidsInit) {
    case "linear":
      return Array.from({ length: count }, (_, i) => (count === 1 ? (low + high) / 2 : low + ((high - low) * i) / (count - 1)));
    case "densityBased":
      return Array.from({ length: count }, (_, i) => sorted[Math.floor(((i + 0.5) / count) * sorted.length)]);
    case "kmeansPlusPlus":
      return plusPlus(sorted, count, keepsZero ? [0] : [], random);
    case "random":
      return Array.from({ length: count }, () => random.uniform(low, high));
  }
}

/** Sorted numbers with the sums of all before each: means and errors of a stretch of them cost nothing. */
class SortedNumbers {
  private readonly sums: Float64Array;
  private readonly squares: Float64Array;

  constructor(readonly values: Float32Array) {
    this.sums = new Float64Array(values.length + 1);
    this.squares = new Float64Array(values.length + 1);
    values.forEach((value, i) => {
      this.sums[i + 1] = this.sums[i] + value;
      this.squares[i + 1] = this.squares[i] + value * value;
    });
  }

  mean(start: number, end: number): number {
    return (this.sums[end] - this.sums[start]) / (end - start);
  }

  /** Sum of the squared distances from a centroid. */
  error(start: number, end: number, centroid: number): number {
    const [sum, square] = [this.sums[end] - this.sums[start], this.squares[end] - this.squares[start]];
    return square - 2 * centroid * sum + (end - start) * centroid * centroid;
  }

  /** How many numbers are at most as large. */
  countUpTo(limit: number): number {
    let low = 0;
    for (let high = this.values.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (this.values[middle] > limit) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Where the numbers of each of ascending centroids begin; a number belongs to the nearest. */
  starts(centroids: readonly number[]): number[] {
    const inner = centroids.slice(1).map((centroid, i) => this.countUpTo((centroids[i] + centroid) / 2));
    return [0, ...inner, this.values.length];
  }
}

/**
 * Moves centroids without numbers into the stretches that have the largest errors, one each.
 *
 * @returns Whether there was one to move, and an error to lessen.
 */
function refill(sorted: SortedNumbers, centroids: number[], starts: readonly number[], isFixed: (centroid: number) => boolean): boolean {
  const empty = [...centroids.keys()].filter((i) => starts[i] === starts[i + 1] && !isFixed(centroids[i]));
  if (empty.length === 0) return false;
  const ends = centroids.map((centroid, i) => {
    const [low, high] = [sorted.values[starts[i]], sorted.values[Math.max(starts[i + 1] - 1, 0)]];
    return { centroid, low, high, error: starts[i] < starts[i + 1] && low < high ? sorted.error(starts[i], starts[i + 1], centroid) : 0 };
  });
  const worst = ends.filter(({ error }) => error > 0).sort((a, b) => b.error - a.error);
  for (const [i, { centroid, low, high }] of worst.slice(0, empty.length).entries()) {
    centroids[empty[i]] = (centroid + (high - centroid > centroid - low ? high : low)) / 2;
  }
  return worst.length > 0;
}

/**
 * k-means of numbers (Lloyd's algorithm): on sorted numbers a cluster is a stretch, so that a round costs k binary searches
 * instead of a look at every number. A cluster that runs empty takes a part of the one with the largest error.
 *
 * @param values At least one, finite.
 * @returns Ascending centroids, float32, at most as many as asked for.
 */
export function kMeans(values: Float32Array, args: KMeansArgs): Float32Array {
  const { numberOfClusters, keepsZero } = args;
  const own = keepsZero ? values.filter((value) => value !== 0) : values;
  if (own.length === 0) return Float32Array.of(0);
  const sorted = new SortedNumbers(Float32Array.from(own).sort());
  const found = initialCentroids(sorted.values, numberOfClusters - Number(keepsZero), args);
  const isFixed = (centroid: number): boolean => keepsZero && centroid === 0;
  let centroids = [...found, ...(keepsZero ? [0] : [])].sort((a, b) => a - b);
  for (let round = 0, before = ""; round < MOST_ROUNDS; round++) {
    const starts = sorted.starts(centroids);
    if (round >= MOST_ROUNDS / 2 || !refill(sorted, centroids, starts, isFixed)) {
      const now = starts.join();
      if (now === before) break;
      before = now;
      centroids = centroids.map((centroid, i) => {
        const isEmpty = starts[i] === starts[i + 1];
        return isEmpty || isFixed(centroid) ? centroid : sorted.mean(starts[i], starts[i + 1]);
      });
    }
    centroids.sort((a, b) => a - b);
  }
  const starts = sorted.starts(centroids);
  return Float32Array.from(centroids.filter((centroid, i) => starts[i] < starts[i + 1] || isFixed(centroid)));
}
