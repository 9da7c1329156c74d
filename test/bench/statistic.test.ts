import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { benchModule } from "./modules.js";

describe("summarize", () => {
  let summarize: (rounds: number[][]) => { ms: number; low: number; high: number };
  before(async () => ({ summarize } = await import(benchModule("statistic.mjs"))));

  it("takes the best time of each round, and of those the median and the ends", () => {
    assert.deepEqual(summarize([[3, 2], [9, 5], [4, 4]]), { ms: 4, low: 2, high: 5 });
  });

  it("takes the mean of the middle two of an even number of rounds", () => {
    assert.deepEqual(summarize([[10], [1], [2], [4]]), { ms: 3, low: 1, high: 10 });
  });

  it("is not moved by one round that was disturbed", () => {
    assert.equal(summarize([[1], [1], [1000, 900]]).ms, 1);
  });

  it("orders times as numbers", () => {
    assert.equal(summarize([[10], [9], [100]]).ms, 10);
  });
});
