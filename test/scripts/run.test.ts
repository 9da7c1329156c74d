import assert from "node:assert/strict";
import { test } from "node:test";
import { Checkout } from "./checkout.js";

const load = 'const { run } = await import(scripts + "/run.mjs");\n';

test("a program's output is handed on, kept in the log and returned, lines cut at the right places", async (t) => {
  const course = new Checkout(t);
  const { stdout } = await course.evaluate(`${load}
    const lines = [];
    const program = 'process.stdout.write("fir"); setTimeout(() => { console.log("st\\\\nsecond"); process.exit(7); }, 50);';
    const { code, output } = await run(process.execPath, ["-e", program], { log: "logs/a.log", onLine: (line) => lines.push(line) });
    console.log(JSON.stringify({ code, output, lines }));`);
  assert.deepEqual(JSON.parse(stdout), { code: 7, output: "first\nsecond\n", lines: ["first", "second"] });
  assert.equal(course.read("logs/a.log"), "first\nsecond\n");
});

test("a program that never ends is stopped at its time limit, with what it started", async (t) => {
  const course = new Checkout(t);
  course.write(
    "endless.mjs",
    `
    import { spawn } from "node:child_process";
    if (process.argv[2] === undefined) console.log(spawn(process.execPath, ["endless.mjs", "inner"], { stdio: "inherit" }).pid);
    setInterval(() => {}, 1000);`,
  );
  const { stdout } = await course.evaluate(`${load}
    const { timedOut, output } = await run(process.execPath, ["endless.mjs"], { timeLimit: 1 });
    console.log(JSON.stringify({ timedOut, inner: Number(output) }));`);
  const { timedOut, inner } = JSON.parse(stdout) as { timedOut: boolean; inner: number };
  assert.ok(timedOut);
  await ended(inner);
});

test("a script that is told to stop stops what it runs, and leaves signals alone when nothing runs", async (t) => {
  if (process.platform === "win32") return t.skip("Windows has no signals to send");
  const course = new Checkout(t);
  const { code, stdout } = await course.evaluate(`${load}
    await run(process.execPath, ["-e", ""]);
    console.log(process.listenerCount("SIGTERM"));
    const onLine = (line) => { console.log(line); process.kill(process.pid, "SIGTERM"); };
    await run(process.execPath, ["-e", "console.log(process.pid); setInterval(() => {}, 1000);"], { onLine });`);
  assert.equal(code, 143);
  const [listeners, pid] = stdout.trim().split("\n").map(Number);
  assert.equal(listeners, 0);
  await ended(pid!);
});

async function ended(pid: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`process ${pid} still runs`);
}
