import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { KernelClient, type Execution } from "./kernelClient.js";

let kernel: KernelClient;

before(async () => {
  kernel = await KernelClient.launch();
});
after(() => kernel.stop());

/** The kernel's message without colours. */
function traceback({ reply }: Execution): string {
  // eslint-disable-next-line no-control-regex
  return reply.traceback.join("\n").replace(/\x1b\[\d*m/g, "");
}

/** The value of the last expression, as text. */
function result({ outputs }: Execution): string | undefined {
  return outputs.find((m) => m.type === "execute_result")?.content.data["text/plain"];
}

test("kernel_info_reply names TypeScript as JupyterLab's highlighter knows it", async () => {
  const { status, language_info: language } = await kernel.request("kernel_info_request", {});
  assert.equal(status, "ok");
  assert.equal(language.mimetype, "text/typescript");
  assert.equal(language.codemirror_mode, "typescript");
  assert.equal(language.file_extension, ".ts");
});

test("a cell publishes its input, its text and the value of its last expression, in order", async () => {
  const { reply, outputs } = await kernel.execute('console.log("hello");\n6 * 7');
  assert.equal(reply.status, "ok");
  assert.deepEqual(outputs.map((m) => m.type), ["execute_input", "stream", "execute_result"]);
  assert.equal(outputs[0].content.execution_count, reply.execution_count);
  assert.equal(outputs[1].content.text, "hello\n");
  assert.equal(outputs[2].content.data["text/plain"], "42");
});

test("a cell sees what earlier cells declared, with types", async () => {
  await kernel.execute("interface Point { x: number }\nlet point: Point = { x: 1 };\nfunction norm(p: Point): number { return Math.abs(p.x); }");
  const { outputs } = await kernel.execute("point = { x: -3 };\n({ point, length: norm(point) })");
  assert.equal(outputs.at(-1)?.content.data["text/plain"], "{ point: { x: -3 }, length: 3 }");
  assert.equal((await kernel.execute("point = 3;")).reply.ename, "TypeScriptError");
});

test("a thrown error names the line of the cell, not of the emitted code", async () => {
  const code = "interface Gone { from: string }\ntype Emitted = Gone[];\n\nconst fine: number = 1;\nthrow new RangeError(`no ${fine}`);";
  const failed = await kernel.execute(code);
  const { reply, outputs } = failed;
  assert.deepEqual([reply.status, reply.ename, reply.evalue], ["error", "RangeError", "no 1"]);
  assert.match(traceback(failed), new RegExp(`at cell \\[${reply.execution_count}\\]:5:7`));
  assert.match(traceback(failed), /> 5 \| throw new RangeError/);
  assert.doesNotMatch(traceback(failed), /node:|\.cjs|Proxy/);
  assert.deepEqual(outputs.filter((m) => m.type === "error").map((m) => m.content.traceback), [reply.traceback]);
});

test("an error in a function of an earlier cell leads to both cells", async () => {
  const first = await kernel.execute("// a comment\nfunction deep(n: number): number {\n  if (n === 0) throw new Error(\"bottom\");\n  return deep(n - 1);\n}");
  const second = await kernel.execute("\n\ndeep(2);");
  const text = traceback(second);
  assert.match(text, new RegExp(`at deep \\(cell \\[${first.reply.execution_count}\\]:3:22\\)`));
  assert.match(text, new RegExp(`at cell \\[${second.reply.execution_count}\\]:3:5`));
});

test("a type error names line, column and text, and nothing of the cell runs", async () => {
  const failed = await kernel.execute('console.log("ran");\nconst count: number = "three";');
  assert.equal(failed.reply.ename, "TypeScriptError");
  assert.equal(failed.reply.evalue, "2:7 - Type 'string' is not assignable to type 'number'.");
  assert.match(traceback(failed), /> 2 \| const count: number = "three";\n {4}\| {7}\^\^\^\^\^/);
  assert.equal(failed.text, "");
});

test("cells are checked strictly and know es2023 and Node", async () => {
  assert.match((await kernel.execute("function implicit(x) { return x; }")).reply.evalue, /implicitly has an 'any' type/);
  assert.match((await kernel.execute("const s: string = null;")).reply.evalue, /'null' is not assignable/);
  const { reply } = await kernel.execute('import { sep } from "node:path";\nconst sorted: string[] = [sep, "a"].toSorted();\nprocess.version');
  assert.equal(reply.status, "ok");
});

test("a rejection that nobody awaits fails the cell", async () => {
  const failed = await kernel.execute('console.log("before");\nvoid Promise.reject(new TypeError("forgotten"));');
  assert.deepEqual([failed.reply.status, failed.reply.ename], ["error", "TypeError"]);
  assert.match(traceback(failed), /> 2 \|/);
});

test("an exception in a timer fails the cell that waits for it", async () => {
  const { reply } = await kernel.execute('await new Promise(() => setTimeout(() => { throw new Error("in timer"); }, 20));');
  assert.deepEqual([reply.status, reply.evalue], ["error", "in timer"]);
});

test("process.exit fails the cell and the kernel goes on", async () => {
  await kernel.execute("let kept = 1;");
  const { reply } = await kernel.execute("process.exit(0);");
  assert.match(reply.evalue, /process\.exit\(0\) was called: a cell cannot end the kernel/);
  assert.equal(result(await kernel.execute("kept")), "1");
});

test("a failed cell keeps earlier variables, and those it had assigned before it failed", async () => {
  await kernel.execute('let early: string = "early";\nlet other = 1;');
  await kernel.execute('let other = "assigned";\nconst next = 5;\nif (next > 1) throw new Error("stop");\nlet early = 7;\nconst unreached = 1;');
  const { reply, outputs } = await kernel.execute("const check: string = early + other + next;\ncheck");
  assert.equal(reply.status, "ok", reply.evalue);
  assert.equal(outputs.at(-1)?.content.data["text/plain"], "earlyassigned5");
  assert.match((await kernel.execute("unreached")).reply.evalue, /Cannot find name .unreached./);
});

test("an assignment to an earlier cell's variable is seen by that cell's functions", async () => {
  await kernel.execute("let steps = 0;\nexport function step(): number { return ++steps; }");
  assert.equal(result(await kernel.execute("steps = 10;\nstep()")), "11");
  assert.equal(result(await kernel.execute("steps")), "11");
});

test("a syntax error is told at its place, and what is missing at the end of the cell", async () => {
  assert.match((await kernel.execute("const fine = 1;\nconst x = ;")).reply.evalue, /^2:11 - Expression expected/);
  assert.match((await kernel.execute("function open() {\n  return 1;")).reply.evalue, /^2:12 - '}' expected/);
});

test("the stop button ends a cell that blocks", async () => {
  const { id, done } = kernel.start('const held = 1;\nconsole.log("go");\nwhile (true) {}');
  await kernel.printed(id, "go");
  await kernel.interrupt();
  assert.equal((await done).reply.ename, "Interrupted");
  assert.equal(result(await kernel.execute("held")), "1");
});

test("completion and inspection know the types of earlier cells", async () => {
  await kernel.execute("const wheel = { spokes: 36, spin(turns: number): void { console.log(turns); } };");
  const { matches } = await kernel.request("complete_request", { code: "wheel.sp", cursor_pos: 8 });
  assert.deepEqual(matches, ["spin", "spokes"]);
  const { data } = await kernel.request("inspect_request", { code: "wheel.spin", cursor_pos: 8 });
  assert.match(data["text/plain"], /spin\(turns: number\): void/);
});
