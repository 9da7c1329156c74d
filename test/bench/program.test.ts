import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryFolder } from "../data/temporaryFolder.js";
import { fakeProgram, startProgram } from "./fakeProgram.js";

describe("startProgram", () => {
  it("passes requests on in turn and passes over what is no answer", async (t) => {
    const program = await fakeProgram(t, "(console.log('chatter'), { steps: request.steps, count })");
    assert.deepEqual([program.versions, program.runs, program.missing], [{ fake: "1.0" }, "paper", undefined]);
    assert.deepEqual(await program.ask({ steps: 7 }), { steps: 7, count: 1 });
    assert.deepEqual(await program.ask({ steps: 8 }), { steps: 8, count: 2 });
    await program.end();
  });

  it("takes a program's word for being missing", async (t) => {
    const program = await fakeProgram(t, "{}", `{"missing":"No module named 'torch'"}`);
    assert.equal(program.missing, "No module named 'torch'");
    assert.deepEqual(await program.ask({}), { missing: "No module named 'torch'" });
    await program.end();
  });

  it("makes a failure of one request a missing number, and of the program one of all that follow", async (t) => {
    const program = await fakeProgram(t, "count === 1 ? { error: 'it failed' } : process.exit(3)");
    assert.deepEqual(await program.ask({}), { missing: "it failed" });
    for (let i = 0; i < 2; i++) assert.match(String((await program.ask({})).missing), /^it ended with code 3, see .*log$/);
    await program.end();
  });

  it("is missing when it cannot be started", async (t) => {
    const folder = temporaryFolder(t);
    const program = await startProgram({ command: [join(folder, "no such program")], log: join(folder, "log") });
    assert.match(String(program.missing), /no such program does not start: .*ENOENT/);
    await program.end();
  });

  it("is missing when it does not answer in time, and is ended", async (t) => {
    const folder = temporaryFolder(t);
    const endless = "console.error('why'); console.log(JSON.stringify({ versions: {} })); setInterval(() => {}, 1000);";
    const program = await startProgram({ command: [process.execPath, "-e", endless], log: join(folder, "log"), timeLimit: 2 });
    assert.equal(program.missing, undefined);
    assert.deepEqual(await program.ask({}), { missing: "no answer within 2 s" });
    await program.end();
    assert.equal(readFileSync(join(folder, "log"), "utf8"), "why\n");
  });
});
