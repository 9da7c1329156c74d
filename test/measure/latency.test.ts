import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { breakEven } from "../../lib/measure/breakEven.js";
import { breakEvenSparsity } from "../../lib/measure/breakEvenSparsity.js";
import { latencies, latency } from "../../lib/measure/latency.js";

const wait = (milliseconds: number): void => {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
};

describe("latencies", () => {
  it("calls every function in every round, side by side", () => {
    const called: string[] = [];
    const run = (name: string) => (): void => {
      wait(0.2);
      if (called.at(-1) !== name) called.push(name);
    };
    latencies([run("a"), run("b"), run("c")], { seconds: 0.01, rounds: 5 });
    // Two turns to warm up and to count, then the rounds.
    assert.equal(called.join(""), "abc".repeat(7));
  });

  it("are of a call, not of a round, and quartiles lie around the median", () => {
    const [short, long] = latencies([() => wait(0.1), () => wait(0.4)], { seconds: 0.05, rounds: 5 });
    for (const { low, median, high } of [short, long]) assert.ok(low <= median && median <= high);
    // A function that waits takes no less, however busy the machine is.
    assert.ok(short.low >= 100);
    assert.ok(long.low >= 400);
  });

  it("refuse what cannot be measured", () => {
    assert.throws(() => latency(() => 1, { seconds: 0 }), { name: "RangeError", message: "Expected seconds to be a number above 0 but found 0." });
    assert.throws(() => latency(() => 1, { rounds: 1.5 }), { name: "RangeError", message: "Expected rounds to be a whole number above 0 but found 1.5." });
    let calls = 0;
    assert.throws(() => latency(() => (calls++, Promise.resolve())), {
      name: "TypeError", message: "Expected a synchronous function to measure but found one that returns a promise.",
    });
    assert.equal(calls, 1);
  });
});

describe("breakEven", () => {
  const quick = { seconds: 0.002, rounds: 2 };

  it("has a row for the dense kernel, each format and sparsity, with bytes that fall as zeros grow", () => {
    const rows = breakEven({ inputs: 16, units: 8, sparsities: [0.5, 0.75], formats: ["csr", "2:4"], ...quick });
    assert.deepEqual(
      rows.map(({ format, sparsity, bytes }) => ({ format, sparsity, bytes })),
      [
        { format: "dense", sparsity: 0, bytes: 512 },
        { format: "csr", sparsity: 0.5, bytes: 64 * 6 + 36 },
        { format: "csr", sparsity: 0.75, bytes: 32 * 6 + 36 },
        { format: "2:4", sparsity: 0.5, bytes: 64 * 4 + 16 },
      ],
    );
    assert.equal(rows[0].speedup, 1);
    for (const { microseconds, speedup } of rows) assert.ok(Math.abs(speedup * microseconds - rows[0].microseconds) < 1e-9);
  });

  it("refuses sizes and sparsities out of range", () => {
    assert.throws(() => breakEven({ inputs: 0, units: 8, ...quick }), { name: "RangeError", message: "Expected inputs to be a whole number above 0 but found 0." });
    assert.throws(() => breakEven({ inputs: 8, units: 8, sparsities: [1], ...quick }), { name: "RangeError", message: /below 1 but found 1/ });
  });
});

describe("breakEvenSparsity", () => {
  const dense = { format: "dense" as const, sparsity: 0, microseconds: 100 };
  const csr = (sparsity: number, microseconds: number) => ({ format: "csr" as const, sparsity, microseconds });

  it("is where the line between two points crosses the dense kernel's time", () => {
    const found = breakEvenSparsity([csr(0.9, 60), dense, csr(0.5, 140), { format: "bitmap", sparsity: 0.5, microseconds: 1 }], "csr");
    assert.ok(found !== null && Math.abs(found - 0.7) < 1e-12);
    assert.equal(breakEvenSparsity([dense, csr(0.5, 200), csr(0.75, 100)], "csr"), 0.75, "as fast is enough");
  });

  it("is the last crossing: from there on the format is never slower again", () => {
    assert.equal(breakEvenSparsity([dense, csr(0.2, 90), csr(0.4, 120), csr(0.6, 80), csr(0.8, 50)], "csr"), 0.5);
  });

  it("is the lowest sparsity where the format always wins, and null where it does not at the highest", () => {
    assert.equal(breakEvenSparsity([dense, csr(0.5, 90), csr(0.9, 20)], "csr"), 0.5);
    assert.equal(breakEvenSparsity([dense, csr(0.5, 90), csr(0.9, 101)], "csr"), null);
  });

  it("refuses rows without the dense kernel or the format", () => {
    const message = "Expected rows of dense and 2:4 but found dense, csr.";
    assert.throws(() => breakEvenSparsity([dense, csr(0.5, 1)], "2:4"), { name: "RangeError", message });
    assert.throws(() => breakEvenSparsity([], "csr"), { name: "RangeError", message: "Expected rows of dense and csr but found none." });
  });

  it("reads what breakEven measures", () => {
    const rows = breakEven({ inputs: 16, units: 8, sparsities: [0.5, 0.75], formats: ["csr"], seconds: 0.002, rounds: 2 });
    const found = breakEvenSparsity(rows, "csr");
    assert.ok(found === null || (found >= 0.5 && found <= 0.75));
  });
});
