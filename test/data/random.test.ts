import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRandom } from "../../lib/data/random.js";

describe("createRandom", () => {
  it("gives the same numbers for the same seed, others for another, also for near and large seeds", () => {
    const seeds = [0, 1, -1, 2, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
    const first = seeds.map((seed) => createRandom(seed).uniform());
    assert.deepEqual(
      seeds.map((seed) => createRandom(seed).uniform()),
      first,
    );
    assert.equal(new Set(first).size, seeds.length);
  });

  it("has the mean and deviation of the distributions", () => {
    const random = createRandom(3);
    const moments = (draw: () => number): [number, number] => {
      const values = Array.from({ length: 100_000 }, draw);
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      return [mean, Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length)];
    };
    const near = (found: number, expected: number): void =>
      assert.ok(Math.abs(found - expected) < 0.02, `expected ${expected}, found ${found}`);
    const [uniformMean, uniformDeviation] = moments(() => random.uniform());
    near(uniformMean, 0.5);
    near(uniformDeviation, Math.sqrt(1 / 12));
    const [normalMean, normalDeviation] = moments(() => random.normal(2, 0.5));
    near(normalMean, 2);
    near(normalDeviation, 0.5);
  });

  it("draws whole numbers each as often", () => {
    const random = createRandom(5);
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 50_000; i++) counts[random.integer(5)]!++;
    for (const count of counts) assert.ok(Math.abs(count - 10_000) < 400, String(counts));
  });

  it("permutes every position with every other", () => {
    const random = createRandom(6);
    const counts = new Uint32Array(16);
    for (let i = 0; i < 8000; i++) {
      const order = random.permutation(4);
      assert.deepEqual([...order].sort(), [0, 1, 2, 3]);
      order.forEach((value, position) => counts[4 * position + value]!++);
    }
    for (const count of counts) assert.ok(Math.abs(count - 2000) < 200, String(counts));
  });

  it("refuses a seed that is no whole number", () => {
    assert.throws(() => createRandom(0.5), /RangeError: Expected seed to be a whole number but found 0.5/);
    assert.throws(() => createRandom(Number.NaN), RangeError);
  });
});
