import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve, sep } from "node:path";
import { after, before, describe, test } from "node:test";

const root = resolve(__dirname, "..", "..");
const folder = realpathSync(mkdtempSync(join(tmpdir(), "nötebooks to run ")));
const out = join(folder, "out");
const outOfFailing = join(folder, "out of failing");

interface Cell {
  type?: "code" | "markdown";
  source: string;
  tags?: string[];
}

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Writes a notebook; gives its path. */
function write(name: string, cells: (string | Cell)[]): string {
  const path = join(folder, `${name}.ipynb`);
  mkdirSync(join(path, ".."), { recursive: true });
  const notebook = {
    cells: cells.map((cell, i) => {
      const { type = "code", source, tags } = typeof cell === "string" ? { source: cell } : cell;
      const code = type === "code" ? { outputs: [], execution_count: null } : {};
      return { cell_type: type, id: `cell-${i}`, metadata: tags ? { tags } : {}, source, ...code };
    }),
    // Of a kernel that is not there.
    metadata: { kernelspec: { display_name: "Deno", language: "typescript", name: "deno" } },
    nbformat: 4,
    nbformat_minor: 5,
  };
  writeFileSync(path, JSON.stringify(notebook));
  return path;
}

/** Runs scripts/notebooks.mjs to its end. */
function run(...args: string[]): Promise<Run> {
  const child = spawn(process.execPath, [join(root, "scripts", "notebooks.mjs"), "--out", out, ...args]);
  const result: Run = { code: null, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (result.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (result.stderr += text));
  return new Promise((done) => child.on("close", (code) => done({ ...result, code })));
}

interface Executed {
  cells: { execution_count: number | null; outputs: { output_type: string; text?: string | string[]; ename?: string; data?: Record<string, unknown> }[] }[];
  metadata: { kernelspec: { name: string } };
}

/** An executed notebook. */
function read(name: string, from: string = out): Executed {
  return JSON.parse(readFileSync(join(from, `${name}.ipynb`), "utf8")) as Executed;
}

/** Text that the cells of an executed notebook printed. */
function printed(name: string): string {
  return read(name).cells.flatMap((cell) => (cell.outputs ?? []).flatMap((output) => output.text ?? [])).join("");
}

after(() => rmSync(folder, { recursive: true, force: true }));

describe("npm run notebooks", () => {
  const good = write("good", [
    { type: "markdown", source: "# Prose" },
    "const folder: string = process.cwd();\nconsole.log(folder);",
    { source: 'throw new Error("this is the point of the cell");', tags: ["raises-exception"] },
    `const host = (globalThis as any)[Symbol.for("jupyter.kernel")];
host.display({ "application/vnd.plotly.v1+json": { data: [{ y: [1, 2] }], layout: { title: "</script><b>" } }, "text/plain": "a figure" });
host.display({ "text/plain": "0 %" }, { id: "bar" });
host.display({ "text/plain": "100 %" }, { id: "bar", update: true });
console.log(host.notebook);`,
    'process.stdout.write("10 %\\r");\nprocess.stdout.write("99 %\\r");\nawait new Promise((done) => setTimeout(done, 20));\nconsole.log("100 %");',
    "   ",
  ]);
  const namesake = write("further/good", ["1 + 1"]);

  /** Notebook, the cell that fails (position among all cells), what stderr says of it. */
  const broken: [name: string, cells: (string | Cell)[], position: number, reason: RegExp][] = [
    ["throws", ["1", "// first line\nthrow new RangeError('bad');", "3"], 2, /\[2\]: \/\/ first line\n.*RangeError: bad/],
    ["type error", ["const n: number = 'one';"], 1, /TypeScriptError: 1:7 - Type 'string' is not assignable/],
    ["rejection", ["void Promise.reject(new Error('nobody waits'));", "2"], 1, /Error: nobody waits/],
    ["late rejection", ["void new Promise((_, no) => setTimeout(() => no(new Error('later')), 600));", "2"], 1, /after the cell had ended: Error: later/],
    ["timer", ["await new Promise(() => setTimeout(() => { throw new Error('tick'); }, 10));"], 1, /Error: tick/],
    ["late timer", ["const x = 1;", "setTimeout(() => { throw new Error('tock'); }, 300);", "x"], 2, /\[2\].*\n.*after the cell had ended: Error: tock/],
    ["exit", ["process.exit(0);"], 1, /process\.exit\(0\) was called/],
    ["death", ["process.kill(process.pid, 'SIGKILL');\nwhile (true);"], 1, /kernel ended while the cell was running/],
    ["not raising", [{ source: "1", tags: ["raises-exception"] }], 1, /Expected the cell to fail/],
    ["after raising", [{ source: "throw new Error('meant');", tags: ["raises-exception"] }, "throw new Error('not meant');"], 2, /Error: not meant/],
  ];
  let passing: Run;
  let failing: Run;
  let endless: Run;

  before(async () => {
    for (const [name, cells] of broken) write(join("broken", name), cells);
    write("broken/only prose", [{ type: "markdown", source: "no code" }]);
    write("broken/.ipynb_checkpoints/throws-checkpoint", ["throw new Error('a checkpoint');"]);
    writeFileSync(join(folder, "broken", "no notebook.ipynb"), "{ not json");
    mkdirSync(join(folder, "empty"));
    const blocking = write("endless/blocking", ["console.log('before');\nwhile (true);", "2"]);
    const afterwards = write("endless/afterwards", ["setTimeout(() => { while (true); }, 20);"]);
    const awaiting = write("endless/awaiting", ["console.log('before');\nawait new Promise(() => {});", "2"]);
    // All at once, two of them into the same folder.
    [passing, endless, failing] = await Promise.all([
      run(good, namesake),
      run("--timeout", "3", blocking, awaiting, afterwards),
      run(join(folder, "broken"), join(folder, "empty"), join(folder, "gone.ipynb"), "--out", outOfFailing),
    ]);
  });

  test("exits 0 when every cell did what it should, and says so", () => {
    assert.equal(passing.code, 0, passing.stderr);
    assert.match(passing.stdout, /\n2 passed, 0 failed\n$/);
    assert.match(passing.stdout, /ok +\d+\.\d\d s +cell 2 \[1\]: const folder: string/);
    assert.match(passing.stdout, /passed .*good\.ipynb in \d/);
    assert.equal(passing.stderr, "");
  });

  test("runs in the notebook's folder, tells the kernel the notebook, and uses the course's kernel", () => {
    const text = printed(findName("good"));
    assert.ok(text.includes(`${folder}\n`), text);
    assert.ok(text.includes(`${good}\n`), text);
    assert.equal(read(findName("good")).metadata.kernelspec.name, "typescript");
  });

  test("keeps updated displays and the last state of a line that is overwritten", () => {
    const { cells } = read(findName("good"));
    const shown = cells[3].outputs.map((output) => output.data?.["text/plain"]);
    assert.deepEqual(shown.slice(0, 2), [["a figure"], ["100 %"]]);
    assert.equal([cells[4].outputs[0].text].flat().join(""), "100 %\n");
  });

  test("leaves the notebook itself as it was", () => {
    assert.doesNotMatch(readFileSync(good, "utf8"), /100 %\\n"\]/);
    assert.match(readFileSync(good, "utf8"), /"name":"deno"/);
  });

  test("keeps the files of two notebooks of the same name apart", () => {
    const names = readdirSync(out).filter((name) => name.endsWith("good.ipynb"));
    assert.equal(names.length, 2, names.join());
  });

  test("draws Plotly figures in HTML that loads nothing from the network", () => {
    const html = readFileSync(join(out, `${findName("good")}.html`), "utf8");
    assert.equal(html.split("Plotly.newPlot(target").length, 2);
    assert.equal(html.split("* plotly.js v").length, 2);
    assert.ok(html.includes('"title": "\\u003c/script\\u003e\\u003cb\\u003e"'));
    assert.doesNotMatch(html, /<(script|link|img|iframe)[^>]*(src|href)="?(https?:)?\/\//);
    assert.doesNotMatch(html, /cdnjs|unpkg|jsdelivr\.net\/npm\/mathjax/i);
    assert.ok(!readFileSync(join(outOfFailing, "throws.html"), "utf8").includes("plotly.js v"));
  });

  for (const [name, , position, reason] of broken) {
    test(`names the notebook, the cell and the reason: ${name}`, () => {
      const report = failing.stderr.split(/^(?=FAILED )/m).filter((part) => part.includes(`${sep}${name}.ipynb`));
      assert.equal(report.length, 1, failing.stderr);
      assert.match(report[0], new RegExp(`${name}\\.ipynb, cell ${position}\\b`));
      assert.match(report[0], reason);
    });
  }

  test("refuses what is no notebook, has no code, or is not there", () => {
    assert.match(failing.stderr, /only prose\.ipynb: Expected code cells but found none/);
    assert.match(failing.stderr, /no notebook\.ipynb: Expected a notebook but found/);
    assert.match(failing.stderr, /empty: Expected a folder with notebooks but found none/);
    assert.match(failing.stderr, /gone\.ipynb: Expected a notebook or a folder but found no such file/);
    assert.doesNotMatch(failing.stderr + failing.stdout, /checkpoint/);
  });

  test("goes on after a failure, exits 1 and counts", () => {
    assert.equal(failing.code, 1);
    assert.match(failing.stdout, new RegExp(`\\n0 passed, ${broken.length + 4} failed\\n$`));
  });

  test("keeps the outputs up to the failure", () => {
    const { cells } = read("throws", outOfFailing);
    assert.deepEqual(cells.map((cell) => cell.outputs.map((output) => output.output_type)), [["execute_result"], ["error"], []]);
    assert.equal(cells[1].outputs[0].ename, "RangeError");
    const late = read("late timer", outOfFailing).cells[1].outputs.at(-1);
    assert.equal(late?.output_type, "error");
  });

  test("ends a cell that never ends after --timeout seconds, whether it blocks or awaits", () => {
    assert.equal(endless.code, 1);
    for (const name of ["blocking", "awaiting"]) {
      assert.match(endless.stderr, new RegExp(`${name}\\.ipynb, cell 1 \\[1\\]: console\\.log.*\\n.*within 3 s`));
      assert.match(printed(name), /^before\n/);
      assert.ok(existsSync(join(out, `${name}.html`)));
    }
    assert.match(endless.stdout, /\n0 passed, 3 failed\n$/);
    // On a busy machine the timer fires before the kernel has said that the cell is done.
    assert.match(endless.stderr, /afterwards\.ipynb, cell 1 \[1\]: setTimeout.*\n.*(did not answer within|within 3 s)/);
  });

  test("writes a JUnit file with a case for each cell", () => {
    const xml = readFileSync(join(outOfFailing, "junit.xml"), "utf8");
    assert.equal(xml.match(/<testsuite /g)?.length, broken.length + 4);
    const throws = /<testsuite name="[^"]*\bthrows\.ipynb"[^>]*>/.exec(xml)?.[0] ?? "";
    assert.match(throws, /tests="3" failures="1" errors="0" skipped="1"/);
    assert.match(xml, /<failure message="RangeError: bad">/);
  });

  /** The output name of the notebook in the folder itself, which has a namesake further down. */
  function findName(name: string): string {
    const found = readdirSync(out).find((file) => file.endsWith(`${name}.ipynb`) && !file.includes("further"));
    return basename(found ?? "", ".ipynb");
  }
});

test("npm run notebooks does not write over its source", async () => {
  const source = write("same/one", ["1"]);
  const before = readFileSync(source, "utf8");
  const { code, stderr } = await run(source, "--out", join(folder, "same"));
  assert.equal(code, 1);
  assert.match(stderr, /Expected --out to be another folder/);
  assert.equal(readFileSync(source, "utf8"), before);
});

test("npm run notebooks refuses a time limit that is none", async () => {
  const { code, stderr } = await run("--timeout", "soon");
  assert.equal(code, 2);
  assert.match(stderr, /Expected --timeout to be a number of seconds above 0 but found soon/);
});

test("Ctrl-C ends the run and its kernel", async (t) => {
  if (process.platform === "win32") {
    t.skip("Ctrl-C cannot be sent to another console");
    return;
  }
  const marker = join(folder, "kernel.pid");
  const notebook = write("stopped", [`require("node:fs").writeFileSync(${JSON.stringify(marker)}, String(process.pid));\nwhile (true);`]);
  const child = spawn(process.execPath, [join(root, "scripts", "notebooks.mjs"), "--out", out, notebook], { detached: true, stdio: "ignore" });
  const ended = new Promise<number | null>((done) => child.on("close", done));
  while (!existsSync(marker) || readFileSync(marker, "utf8") === "") await new Promise((wake) => setTimeout(wake, 100));
  process.kill(-child.pid!, "SIGINT");
  assert.equal(await ended, 130);
  const kernel = Number(readFileSync(marker, "utf8"));
  await new Promise((wake) => setTimeout(wake, 300));
  assert.throws(() => process.kill(kernel, 0), { code: "ESRCH" });
});
