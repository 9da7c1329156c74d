import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { benchModule } from "./modules.js";

interface Result {
  model: string;
  ours: number | null;
  rivals: Record<string, number | null>;
  ratios: Record<string, number>;
  required: Record<string, number>;
  missing: Record<string, string>;
}

const row = { model: "784-64-32-10 QAT", data: "MNIST", batch: 64, required: { keras: 4, torch: 1 } };

/** What was measured, by program: ms a step, or why there is none. */
function times(found: Record<string, number | string>): Map<string, object> {
  const entry = (ms: number | string): object =>
    typeof ms === "string" ? { missing: ms } : { ms, low: ms / 2, high: ms * 2, accuracy: 0.9 };
  return new Map(Object.entries(found).map(([name, ms]) => [name, entry(ms)]));
}

describe("toResult", () => {
  let toResult: (row: object, measured: Map<string, object>) => Result;
  let shortfalls: (result: Result) => object[];
  let missingLines: (results: Result[]) => string[];
  let shortfallLines: (results: Result[]) => string[];
  let slowerLines: (results: Result[], product: { ours: number; torch: number | null }) => string[];
  let unmeasuredLines: (results: Result[]) => string[];
  let tableRow: (result: Result) => string;
  before(async () => {
    ({ toResult, shortfalls } = await import(benchModule("result.mjs")));
    ({ missingLines, shortfallLines, slowerLines, tableRow, unmeasuredLines } = await import(benchModule("table.mjs")));
  });

  it("has the fields that --json promises, all of them plain JSON", () => {
    const measured = times({ ours: 0.25, keras: 1.5, torch: 0.5, "tfjs-wasm": 10, "tfjs-node": 8 });
    const result = toResult(row, measured);
    assert.deepEqual(JSON.parse(JSON.stringify(result)), {
      ...row,
      ours: 0.25,
      rivals: { keras: 1.5, torch: 0.5, "tfjs-wasm": 10, "tfjs-node": 8 },
      ratios: { keras: 6, torch: 2, "tfjs-wasm": 40, "tfjs-node": 32 },
      spread: { ours: [0.125, 0.5], keras: [0.75, 3], torch: [0.25, 1], "tfjs-wasm": [5, 20], "tfjs-node": [4, 16] },
      accuracy: { ours: 0.9, keras: 0.9, torch: 0.9, "tfjs-wasm": 0.9, "tfjs-node": 0.9 },
      missing: {},
    });
    assert.deepEqual(shortfalls(result), []);
  });

  it("lists a rival that is missing with null and the reason, and its bar as not measured", () => {
    const measured = times({ ours: 0.25, keras: 1, torch: "not installed", "tfjs-wasm": 10 });
    const result = toResult(row, measured);
    assert.deepEqual(result.rivals, { keras: 1, torch: null, "tfjs-wasm": 10, "tfjs-node": null });
    assert.deepEqual(result.ratios, { keras: 4, "tfjs-wasm": 40 });
    assert.deepEqual(result.missing, { torch: "not installed", "tfjs-node": "not measured" });
    assert.deepEqual(shortfalls(result), []);
    assert.deepEqual(shortfallLines([result]), []);
    assert.deepEqual(missingLines([result]), ["no number: torch: not installed", "no number: tfjs-node: not measured"]);
    assert.deepEqual(unmeasuredLines([result, result]), ["not measured: the bars beside torch (2 of the rows)"]);
    assert.match(tableRow(result), / 1\.00±75% 4\.00x≥4 +- +10\.0±75% 40\.00x +-$/);
  });

  it("has no ratio where ours is missing, and reaches no bar", () => {
    const result = toResult(row, times({ ours: "not built", keras: 1, torch: 1 }));
    assert.equal(result.ours, null);
    assert.deepEqual(result.ratios, {});
    assert.equal(shortfalls(result).length, 2);
    assert.match(shortfallLines([result])[0], /784-64-32-10 QAT, MNIST, batch 64: keras .* ours was not measured/);
    assert.deepEqual(unmeasuredLines([result]), []);
  });

  it("is below a bar by a hair, and on it when equal", () => {
    const bar = { ...row, required: { keras: 4 } };
    const against = (keras: number): object[] => shortfalls(toResult(bar, times({ ours: 1, keras })));
    assert.deepEqual(against(4), []);
    assert.deepEqual(against(3.999), [{ rival: "keras", required: 4, ratio: 3.999 }]);
  });

  it("is printed with each ratio beside its bar, what is below it marked", () => {
    const line = tableRow(toResult(row, times({ ours: 0.5, keras: 1, torch: 0.6 })));
    assert.match(line, /^784-64-32-10 QAT +MNIST +64 +0\.500±75% +1\.00±75% 2\.00x<4 +0\.600±75% 1\.20x≥1 +- +-$/);
  });

  it("names a reason once, with the models it holds for unless it holds for all", () => {
    const everywhere = { ours: 1, keras: "not installed", "tfjs-wasm": 1, "tfjs-node": 1 };
    const one = toResult(row, times({ ...everywhere, torch: "no QAT" }));
    const other = toResult({ ...row, model: "784-64-32-10 plain" }, times({ ...everywhere, torch: 1 }));
    const lines = ["no number: keras: not installed", "no number: torch: no QAT (784-64-32-10 QAT)"];
    assert.deepEqual(missingLines([one, one, other]), lines);
  });

  it("is told with its reason where a rival is faster, bar or not", () => {
    const slow = toResult({ ...row, required: {} }, times({ ours: 1, keras: 1, torch: 0.75 }));
    const [line, reason, ...rest] = slowerLines([slow], { ours: 41, torch: 120 });
    assert.equal(line, "faster than ours: torch, 784-64-32-10 QAT, MNIST, batch 64: 0.75");
    assert.match(reason, /makes 41 GFLOP.s .* PyTorch's 120;/);
    assert.deepEqual(rest, []);
    const of = (data: string, batch: number): Result => toResult({ ...row, data, batch }, times({ ours: 1, torch: 0.75 }));
    const told = (...results: Result[]): string[] => slowerLines(results, { ours: 41, torch: null }).slice(results.length);
    const [large, ...common] = told(of("MNIST", 1024));
    assert.match(large, /^At batch 1024 .* all cores/);
    assert.deepEqual(told(of("MNIST", 64)), common, "zeros are no reason on MNIST");
    assert.deepEqual(told(of("random", 64), of("random", 64)), ["On random fewer inputs are zero than on MNIST, whose zeros our first layer skips.", ...common]);
    assert.equal(told(of("random", 64), of("MNIST", 1024)).length, 3);
    assert.deepEqual(slowerLines([toResult(row, times({ ours: 1, keras: 1, torch: 1 }))], { ours: 41, torch: null }), []);
  });
});
