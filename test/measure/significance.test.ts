import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mcnemar } from "../../lib/measure/mcnemar.js";
import { pairedTTest } from "../../lib/measure/pairedTTest.js";

const near = (found: number, wanted: number, tolerance = 1e-6): void => assert.ok(Math.abs(found - wanted) < tolerance, `${found} instead of ${wanted}`);

describe("mcnemar", () => {
  it("counts what only one gets right, and how likely so uneven a division is", () => {
    const labels = [...new Array<number>(30)].fill(1);
    const first = labels.map((_, i) => Number(i >= 8)); // wrong in the first eight
    const second = labels.map((_, i) => Number(i < 28)); // wrong in the last two
    const { onlyFirst, onlySecond, pValue } = mcnemar(first, second, labels);
    assert.deepEqual([onlyFirst, onlySecond], [2, 8]);
    near(pValue, (2 * (1 + 10 + 45)) / 1024);
    assert.deepEqual(mcnemar(second, first, labels), { onlyFirst: 8, onlySecond: 2, pValue });
  });

  it("finds no difference where there is none, and holds for many samples", () => {
    assert.deepEqual(mcnemar([1, 0], [1, 0], [1, 1]), { onlyFirst: 0, onlySecond: 0, pValue: 1 });
    const labels = new Uint8Array(10000);
    const half = labels.map((_, i) => Number(i % 2 === 0));
    near(mcnemar(half, half.map((value) => 1 - value), labels).pValue, 1);
    // 120 against 180 of 300: by the normal approximation with continuity correction .00066.
    const first = labels.map((_, i) => Number(i < 180));
    const second = labels.map((_, i) => Number(i >= 180 && i < 300));
    near(mcnemar(first, second, labels).pValue, 0.00065, 1e-4);
    assert.throws(() => mcnemar([1], [1, 2], [1, 2]), { name: "TypeError", message: "Expected a class of each for 2 labels but found 1 and 2." });
  });
});

describe("pairedTTest", () => {
  it("agrees with the closed forms of one and two degrees of freedom", () => {
    // Differences 1 and 3: mean 2, error 1, so t = 2.
    near(pairedTTest([0, 0], [1, 3]).pValue, 1 - (2 / Math.PI) * Math.atan(2));
    // Differences 1, 2, 6: mean 3, variance 7, so t = 3 / √(7/3).
    const t = 3 / Math.sqrt(7 / 3);
    const { difference, interval, pValue } = pairedTTest([1, 1, 1], [2, 3, 7]);
    near(difference, 3);
    near(pValue, 1 - t / Math.sqrt(t ** 2 + 2));
    // The table's 4.3027 for two degrees of freedom.
    near(interval[1] - difference, 4.302653 * Math.sqrt(7 / 3), 1e-4);
    near(difference - interval[0], interval[1] - difference);
  });

  it("agrees with the tables for more", () => {
    // Five pairs with mean 1 and error e: the interval's half is 2.776445 · e; of ten pairs 2.262157 · e.
    for (const [n, quantile] of [[5, 2.776445], [10, 2.262157]]) {
      const second = Array.from({ length: n }, (_, i) => 1 + (i - (n - 1) / 2));
      const variance = second.reduce((sum, value) => sum + (value - 1) ** 2, 0) / (n - 1);
      near(pairedTTest(second.map(() => 0), second).interval[1] - 1, quantile * Math.sqrt(variance / n), 1e-4);
    }
  });

  it("takes equal differences for certain and refuses what is no pair", () => {
    assert.deepEqual(pairedTTest([1, 2], [1, 2]), { difference: 0, interval: [0, 0], pValue: 1 });
    assert.equal(pairedTTest([1, 2], [2, 3]).pValue, 0);
    assert.throws(() => pairedTTest([1], [2]), { name: "TypeError", message: "Expected two or more pairs but found 1 and 1 numbers." });
  });
});
