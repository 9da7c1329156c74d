import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Program } from "./fakeProgram.js";
import { fakeProgram } from "./fakeProgram.js";
import { benchModule } from "./modules.js";

type Measured = Map<string, { ms?: number; low?: number; high?: number; accuracy?: number; missing?: string }>;

const request = { model: "784-64-32-10 QAT", data: "random", folder: null, batch: 64 };
const effort = { rounds: 3, blocks: 2, seconds: 1 };

/** A stand-in whose fits take the given milliseconds a step, in turn, and which notes what it was asked. */
function scripted(name: string, notes: [string, number][], times: (call: number) => object): Program {
  let calls = 0;
  return {
    versions: {},
    runs: "",
    ask: async (asked) => {
      notes.push([name, (asked as { steps: number }).steps]);
      return { ...times(calls++) } as Record<string, unknown>;
    },
    end: async () => {},
  };
}

describe("measureRow", () => {
  type Say = (text: string) => void;
  let measureRow: (programs: Map<string, Program>, request: object, effort: object, say?: Say) => Promise<Measured>;
  before(async () => ({ measureRow } = await import(benchModule("measureRow.mjs"))));

  it("lets the programs take turns after a warm-up, and takes the median of the rounds' best", async () => {
    const notes: [string, number][] = [];
    // Two fits to warm up and one to find the steps, then the blocks of three rounds.
    const times = [50, 4, 2, 9, 3, 5, 8, 4, 4];
    const one = scripted("ours", notes, (call) => ({ ms_per_step: times[call], accuracy: 0.5 }));
    const other = scripted("keras", notes, () => ({ ms_per_step: 10, accuracy: 0.6 }));
    const measured = await measureRow(new Map([["ours", one], ["keras", other]]), request, effort);
    assert.deepEqual(measured.get("ours"), { ms: 4, low: 3, high: 5, accuracy: 0.5 });
    assert.deepEqual(measured.get("keras"), { ms: 10, low: 10, high: 10, accuracy: 0.6 });
    const turns = notes.slice(6).map(([name]) => name);
    const round = ["ours", "ours", "keras", "keras"];
    assert.deepEqual(turns, [...round, ...round, ...round]);
    // A second at 2 ms a step, a second at 10 ms a step.
    assert.deepEqual(notes.slice(6, 10).map(([, steps]) => steps), [500, 500, 100, 100]);
  });

  it("keeps the steps of a fit within bounds", async () => {
    const notes: [string, number][] = [];
    const fast = scripted("ours", notes, () => ({ ms_per_step: 1e-3 }));
    const slow = scripted("keras", notes, () => ({ ms_per_step: 5000 }));
    await measureRow(new Map([["ours", fast], ["keras", slow]]), request, effort);
    assert.deepEqual([notes.at(-3), notes.at(-1)], [["ours", 15_000], ["keras", 10]]);
  });

  it("names what is missing and goes on with the others", async (t) => {
    const programs = new Map([
      ["ours", await fakeProgram(t, "{ ms_per_step: 2, steps: request.steps, accuracy: .5 }")],
      ["torch", await fakeProgram(t, "{ missing: 'no ' + request.model.split(' ')[1] }")],
      ["keras", await fakeProgram(t, "{}", `{"missing":"not installed"}`)],
    ]);
    const said: string[] = [];
    const measured = await measureRow(programs, request, effort, (text) => said.push(text));
    assert.deepEqual(measured.get("ours"), { ms: 2, low: 2, high: 2, accuracy: 0.5 });
    assert.deepEqual(measured.get("torch"), { missing: "no QAT" });
    assert.deepEqual(measured.get("keras"), { missing: "not installed" });
    assert.ok(!said.includes("torch, round 1 of 3"), "a program without the model is not asked again");
    for (const program of programs.values()) await program.end();
  });
});
