import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { KernelClient, type Execution } from "./kernelClient.js";

const root = resolve(__dirname, "..", "..");

/** The kernel's message without colours. */
function traceback({ reply }: Execution): string {
  // eslint-disable-next-line no-control-regex
  return reply.traceback.join("\n").replace(/\x1b\[\d*m/g, "");
}

/** The value of the last expression, as text. */
function result({ outputs }: Execution): string | undefined {
  return outputs.find((m) => m.type === "execute_result")?.content.data["text/plain"];
}

describe("messages", () => {
  let kernel: KernelClient;
  before(async () => {
    kernel = await KernelClient.launch({ env: { JPY_SESSION_NAME: join(root, "notebooks", "Übung 1.ipynb") } });
  });
  after(() => kernel.stop());

  test("what was sent before the client knew of a failure is aborted, what comes after runs", async () => {
    const [first, second, third] = ['await null; throw new Error("first")', '"second"', '"third"'].map((code) => kernel.start(code).done);
    assert.equal((await first).reply.status, "error");
    const fourth = await kernel.execute('"fourth"');
    assert.equal((await second).reply.status, "aborted");
    assert.deepEqual((await second).outputs, []);
    assert.equal((await third).reply.status, "aborted");
    assert.equal(result(fourth), "fourth");
  });

  test("with stop_on_error false the following requests run", async () => {
    const [first, second] = ['throw new Error("first")', '"second"'].map((code) => kernel.start(code, { stop_on_error: false }).done);
    assert.equal((await first).reply.status, "error");
    assert.equal(result(await second), "second");
  });

  test("a silent request publishes no input and no result and is not counted", async () => {
    const before = await kernel.execute("1");
    const silent = await kernel.execute("2", { silent: true });
    assert.deepEqual([silent.reply.status, silent.outputs], ["ok", []]);
    const uncounted = await kernel.execute("3", { store_history: false });
    assert.equal(result(uncounted), "3");
    assert.equal((await kernel.execute("4")).reply.execution_count, before.reply.execution_count + 1);
  });

  test("each request has the reply of its own type", async () => {
    for (const [type, content] of [["comm_info_request", {}], ["history_request", {}], ["is_complete_request", { code: "{" }]] as const) {
      const { reply } = kernel.send(type, content);
      assert.equal((await reply).type, type.replace("request", "reply"));
    }
    assert.equal((await kernel.send("kernel_info_request", {}, "control").reply).type, "kernel_info_reply");
  });

  test("an interrupt while nothing runs is answered and does no harm", async () => {
    assert.equal((await kernel.request("interrupt_request", {}, "control")).status, "ok");
    assert.equal(result(await kernel.execute("1 + 1")), "2");
  });

  test("all of a long text arrives, in order", async () => {
    const { text } = await kernel.execute("for (let i = 0; i < 5000; i++) console.log(i);");
    assert.equal(text, Array.from({ length: 5000 }, (_, i) => `${i}\n`).join(""));
  });

  test("text is published while the cell blocks", async () => {
    const { id, done } = kernel.start('console.log("early");\nconst end = Date.now() + 1500;\nwhile (Date.now() < end);\nconsole.log("late");');
    await kernel.printed(id, "early");
    assert.doesNotMatch(kernel.outputsOf(id).map((m) => m.content.text).join(""), /late/);
    assert.match((await done).text, /late/);
  });

  test("the host object displays and updates in place, and knows the notebook", async () => {
    const { outputs } = await kernel.execute(`const host = (globalThis as any)[Symbol.for("jupyter.kernel")];
host.display({ "text/html": "<b>1</b>", "text/plain": "1" }, { id: "bar" });
host.display({ "text/html": "<b>2</b>", "text/plain": "2" }, { id: "bar", update: true });
[host.notebook, host.resultsFile].join("|")`);
    assert.deepEqual(outputs.map((m) => m.type), ["execute_input", "display_data", "update_display_data", "execute_result"]);
    assert.deepEqual(outputs.map((m) => m.content.transient?.display_id), [undefined, "bar", "bar", undefined]);
    assert.equal(outputs[2].content.data["text/html"], "<b>2</b>");
    assert.equal(
      outputs[3].content.data["text/plain"],
      [join(root, "notebooks", "Übung 1.ipynb"), join(root, "build", "results", "Übung 1.json")].join("|"),
    );
  });

  test("thousands of updates in one turn all arrive", async () => {
    const { outputs } = await kernel.execute(`const shown = (globalThis as any)[Symbol.for("jupyter.kernel")];
for (let i = 0; i < 3000; i++) shown.display({ "text/plain": String(i) }, i === 0 ? { id: "count" } : { id: "count", update: true });`);
    assert.deepEqual(outputs.slice(1).map((m) => m.content.data["text/plain"]), Array.from({ length: 3000 }, (_, i) => String(i)));
  });

  test("a value can say itself how it is displayed", async () => {
    const { outputs } = await kernel.execute('({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "<i>x</i>" }) })');
    assert.deepEqual(outputs.at(-1)?.content.data, { "text/html": "<i>x</i>" });
  });

  test("tslab's own display works", async () => {
    const { outputs } = await kernel.execute('import { display } from "tslab";\ndisplay.html("<u>x</u>");');
    assert.deepEqual(outputs.at(-1)?.content.data, { "text/html": "<u>x</u>" });
  });

  test("a cell may use top-level for await, and shorthand with earlier variables", async () => {
    await kernel.execute("let total = 0;\nfor await (const n of [1, Promise.resolve(2)]) total += n;");
    assert.equal(result(await kernel.execute("({ total })")), "{ total: 3 }");
  });

  test("what is printed later goes to the cell that started it", async () => {
    const first = kernel.start('setTimeout(() => console.log("from the first"), 150);');
    await first.done;
    const second = await kernel.execute('await new Promise((done) => setTimeout(done, 400));\nconsole.log("from the second");');
    assert.equal(second.text, "from the second\n");
    assert.equal(kernel.outputsOf(first.id).at(-1)?.content.text, "from the first\n");
  });

  test("a failure that comes late is published under its cell, and told once by the settling request", async () => {
    const late = kernel.start('void (async () => {\n  await new Promise((done) => setTimeout(done, 200));\n  throw new RangeError("too late");\n})();');
    const { reply } = await late.done;
    assert.equal(reply.status, "ok");
    assert.equal((await kernel.execute("1")).reply.status, "ok");
    const settled = await kernel.execute("", { silent: true });
    assert.equal(settled.reply.status, "error");
    assert.match(settled.reply.evalue, new RegExp(`cell \\[${reply.execution_count}\\]: RangeError: too late`));
    assert.deepEqual(settled.reply.failures.map((f) => [f.execution_count, f.evalue]), [[reply.execution_count, "too late"]]);
    const error = kernel.outputsOf(late.id).find((m) => m.type === "error");
    assert.match(error?.content.traceback.join("\n") ?? "", /> 3 \|/);
    assert.equal((await kernel.execute("", { silent: true })).reply.status, "ok");
  });

  test("a listener that throws, as emscripten adds, neither hides a rejection nor ends the kernel", async () => {
    await kernel.execute('process.on("unhandledRejection", function (reason) { throw reason; });\nprocess.on("uncaughtException", (e) => { throw e; });');
    const { reply, outputs } = await kernel.execute('void Promise.reject(new Error("one"));\nvoid Promise.reject(new Error("two"));');
    assert.equal(reply.evalue, "one");
    assert.equal(outputs.filter((m) => m.type === "error").length, 1);
    assert.equal(result(await kernel.execute("1")), "1");
  });

  test("an error inside packages is shown with few of their frames and with the cell's line", async () => {
    const failed = await kernel.execute('import * as tf from "@tensorflow/tfjs";\n\ntf.matMul(tf.ones([2, 3]), tf.ones([2, 3]));');
    const text = traceback(failed);
    assert.match(text, /inner shapes/);
    assert.match(text, /> 3 \| tf\.matMul/);
    assert.match(text, /more frames in node_modules/);
  });

  test("a tensor shows its values", async () => {
    assert.equal(result(await kernel.execute("tf.tensor([1, 2])")), "Tensor\n    [1, 2]");
  });

  test("without its native library tfjs-node gives tfjs, also to danfojs-node", async () => {
    const { reply } = await kernel.execute(`import * as tfn from "@tensorflow/tfjs-node";
import * as dfd from "danfojs-node";
const frame = new dfd.DataFrame({ a: [1, 2, 3] });
console.log(tfn.sum(tfn.tensor1d(frame["a"].values as number[])).dataSync()[0]);`);
    assert.equal(reply.status, "ok", reply.evalue);
  });
});

describe("the stop button", () => {
  let kernel: KernelClient;
  before(async () => {
    kernel = await KernelClient.launch();
  });
  after(() => kernel.stop());

  const cases = [
    ["blocks", 'console.log("go");\nwhile (true) {}', /> 2 \|/],
    ["blocks after an await", 'await new Promise((done) => setTimeout(done, 10));\nconsole.log("go");\nfor (;;);', /> 3 \|/],
    ["blocks in microtasks", 'console.log("go");\nwhile (true) await null;', undefined],
    ["blocks in a timer", 'setTimeout(() => { console.log("go"); while (true); }, 10);\nawait new Promise(() => {});', /> 1 \|/],
    ["awaits what never comes", 'console.log("go");\nawait new Promise(() => {});', undefined],
    ["catches every error", 'console.log("go");\nwhile (true) try { while (true); } catch {}', /> 2 \|/],
  ] as const;
  for (const [what, code, line] of cases) {
    test(`ends a cell that ${what}, and the next one works at once`, async () => {
      await kernel.execute("let before = 'kept';");
      const { id, done } = kernel.start(code);
      await kernel.printed(id, "go");
      await kernel.interrupt();
      const stopped = await done;
      assert.deepEqual([stopped.reply.status, stopped.reply.ename], ["error", "Interrupted"]);
      if (line) assert.match(traceback(stopped), line);
      const next = await kernel.execute("await new Promise((done) => setTimeout(done, 10));\nbefore");
      assert.equal(result(next), "kept");
    });
  }

  test("aborts the signal of the cell and not of the next one", async () => {
    const { id, done } = kernel.start(`const signal: AbortSignal = (globalThis as any)[Symbol.for("jupyter.kernel")].interruptSignal();
console.log("go");
await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));`);
    await kernel.printed(id, "go");
    await kernel.interrupt();
    assert.equal((await done).reply.ename, "Interrupted");
    const next = await kernel.execute('[signal.aborted, (globalThis as any)[Symbol.for("jupyter.kernel")].interruptSignal().aborted].join()');
    assert.equal(result(next), "true,false");
  });

  test("waits for the next step of a cell that listens to its signal", async () => {
    const { id, done } = kernel.start(`const own: AbortSignal = (globalThis as any)[Symbol.for("jupyter.kernel")].interruptSignal();
console.log("go");
while (!own.aborted) {
  for (const end = Date.now() + 600; Date.now() < end; );
  await new Promise((done) => setImmediate(done));
}
console.log("tidied up");
own.throwIfAborted();`);
    await kernel.printed(id, "go");
    await kernel.interrupt();
    const stopped = await done;
    assert.equal(stopped.reply.ename, "Interrupted");
    assert.match(stopped.text, /tidied up/);
  });

  test("leaves TensorFlow.js usable when it ends one of its operations", async () => {
    await kernel.execute('import * as tf from "@tensorflow/tfjs";\nconst square = tf.ones([500, 500]);');
    const { id, done } = kernel.start('console.log("go");\nwhile (true) tf.grad((v: tf.Tensor) => tf.matMul(v as tf.Tensor2D, v as tf.Tensor2D).sum())(square);');
    await kernel.printed(id, "go");
    await new Promise((wake) => setTimeout(wake, 300));
    await kernel.interrupt();
    assert.equal((await done).reply.ename, "Interrupted");
    const next = await kernel.execute("tf.grad((v: tf.Tensor) => v.square().sum())(tf.tensor1d([3])).dataSync()[0]");
    assert.equal(result(next), "6", next.reply.evalue);
  });

  test("also ends a loop that goes on in the background", async () => {
    const { id, done } = kernel.start('let rounds = 0;\nconsole.log("go");\nwhile (true) {\n  await new Promise((done) => setTimeout(done, 10));\n  (globalThis as any).rounds = ++rounds;\n}');
    await kernel.printed(id, "go");
    await kernel.interrupt();
    await done;
    await new Promise((wake) => setTimeout(wake, 3000));
    const counted = result(await kernel.execute("(globalThis as any).rounds"));
    await new Promise((wake) => setTimeout(wake, 300));
    assert.equal(result(await kernel.execute("(globalThis as any).rounds")), counted);
  });

  test("SIGINT does the same to a cell that blocks", async (t) => {
    if (process.platform === "win32") {
      t.skip("Windows has no signals");
      return;
    }
    const { id, done } = kernel.start('console.log("go");\nwhile (true) {}');
    await kernel.printed(id, "go");
    process.kill(kernel.pid, "SIGINT");
    assert.equal((await done).reply.ename, "Interrupted");
  });
});

test("a kernel that is busy for ever shuts down when asked", async () => {
  const kernel = await KernelClient.launch();
  const { id } = kernel.start('console.log("go");\nwhile (true) {}');
  await kernel.printed(id, "go");
  await kernel.stop();
});

describe("a checkout and notebooks whose paths have spaces and accents", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "päth with späces ")));
  const checkout = join(folder, "der Kurs");
  const notebooks = join(checkout, "notebooks");
  const elsewhere = join(folder, "eigene Hefte");
  before(() => {
    for (const name of ["jupyter", "scripts"]) cpSync(join(root, name), join(checkout, name), { recursive: true });
    cpSync(join(root, "tsconfig.json"), join(checkout, "tsconfig.json"));
    for (const name of [notebooks, elsewhere, join(checkout, "lib")]) mkdirSync(name);
    for (const name of ["package.json", "tsconfig.json"]) cpSync(join(root, "lib", name), join(checkout, "lib", name));
    const modules = join(checkout, "node_modules");
    mkdirSync(modules);
    for (const name of readdirSync(join(root, "node_modules"))) {
      const target = name === "tfjs-compression" ? join(checkout, "lib") : join(root, "node_modules", name);
      symlinkSync(target, join(modules, name), "junction");
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs cells in a kernel of its own. */
  async function run(cwd: string, ...cells: string[]): Promise<Execution[]> {
    const kernel = await KernelClient.launch({ cwd, checkout });
    try {
      const done = [];
      for (const code of cells) done.push(await kernel.execute(code));
      return done;
    } finally {
      await kernel.stop();
    }
  }

  test("a change in the library is seen after a restart, types and lines included", async () => {
    const source = join(checkout, "lib", "index.ts");
    writeFileSync(source, "export const answer: number = 41;\n");
    const [first] = await run(notebooks, 'import { answer } from "../lib";\nanswer');
    assert.equal(result(first), "41", first.reply.evalue);
    writeFileSync(source, '\n\nexport function answer(): string {\n  throw new Error("from lib");\n}\n');
    const [typed, thrown] = await run(
      notebooks,
      'import { answer } from "../lib";\nconst wrong: number = answer();',
      'import { answer } from "../lib";\nanswer();',
    );
    assert.match(typed.reply.evalue, /'string' is not assignable to type 'number'/);
    assert.match(traceback(thrown), /lib[\\/]index\.ts:4:9/);
    assert.match(traceback(thrown), /> 2 \| answer\(\);/);
  });

  test("a library that does not build is told in the first cell, and the kernel works", async () => {
    writeFileSync(join(checkout, "lib", "index.ts"), "export const answer: number = ;\n");
    const [first, second] = await run(notebooks, "1 + 1", "2 + 2");
    const stderr = first.outputs.find((m) => m.content.name === "stderr");
    assert.match(stderr?.content.text ?? "", /could not be built[\s\S]*index\.ts:1/);
    assert.equal(result(first), "2");
    assert.equal(second.text, "");
  });

  test("a notebook outside the checkout imports the course's packages and a file beside it", async () => {
    writeFileSync(join(checkout, "lib", "index.ts"), "export const answer: number = 42;\n");
    const helper = join(elsewhere, "helper.ts");
    writeFileSync(helper, 'export interface Named { name: string }\n\nexport function greet(who: Named): string {\n  if (!who.name) throw new Error("no name");\n  return "hello " + who.name;\n}\n');
    const kernel = await KernelClient.launch({ cwd: elsewhere, checkout });
    try {
      const imports = await kernel.execute('import * as tf from "@tensorflow/tfjs";\nimport { answer } from "tfjs-compression";\nimport { greet } from "./helper";\nconst shape = tf.tensor1d([1, 2]).shape;\nconsole.log(shape, answer, greet({ name: "A" }));');
      assert.equal(imports.reply.status, "ok", imports.reply.evalue);
      assert.equal(imports.outputs.at(-1)?.content.text, "[ 2 ] 42 hello A\n");
      assert.match((await kernel.execute("greet(5);")).reply.evalue, /'number' is not assignable to parameter of type 'Named'/);
      assert.match(traceback(await kernel.execute('greet({ name: "" });')), /helper\.ts:4:24/);

      writeFileSync(helper, 'export const greet = (who: number): string => "changed " + who;\n');
      utimesSync(helper, new Date(), new Date(Date.now() + 5000));
      await new Promise((wake) => setTimeout(wake, 500));
      const changed = await kernel.execute('import { greet } from "./helper";\nconsole.log(greet(5));');
      assert.equal(changed.reply.status, "ok", changed.reply.evalue);
      assert.equal(changed.text, "changed 5\n");
    } finally {
      await kernel.stop();
    }
  });
});
