import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { hostname } from "node:os";
import { test, type TestContext } from "node:test";
import { Checkout, type Ending } from "./checkout.js";

const build = ["scripts/build.mjs"];

async function builtCheckout(t: TestContext): Promise<Checkout> {
  const course = new Checkout(t);
  course.write("lib/index.ts", 'export { half } from "./numbers/half.js";\n');
  course.write("lib/numbers/half.ts", "export function half(x: number): number {\n  return x / 2;\n}\n");
  course.write("lib/numbers/half.test.ts", "throw new Error();\n");
  succeeded(await course.node(build));
  return course;
}

function succeeded(ending: Ending): void {
  assert.equal(ending.code, 0, ending.stdout + ending.stderr);
}

test("a build writes code, declarations and source maps that lead to the source", async (t) => {
  const course = await builtCheckout(t);
  succeeded(
    await course.node(["-e", 'if (require("./lib/dist/index.js").half(3) !== 1.5) process.exit(1);']),
  );
  assert.match(
    course.read("lib/dist/numbers/half.d.ts"),
    /export declare function half\(x: number\): number;/,
  );
  const map = JSON.parse(course.read("lib/dist/numbers/half.js.map")) as { sources: string[] };
  assert.deepEqual(map.sources, ["../../numbers/half.ts"]);
  assert.ok(!existsSync(course.path("lib/dist/numbers/half.test.js")), "tests are no part of the library");
});

test("a build that finds nothing to do does not load TypeScript", async (t) => {
  const course = await builtCheckout(t);
  assert.equal(course.loads, 1);
  const again = await course.node(build);
  assert.match(again.stdout, /up to date/);
  // A checkout or a copy changes dates and nothing else.
  utimesSync(course.path("lib/index.ts"), new Date(), new Date(Date.now() + 5000));
  succeeded(await course.node(build));
  assert.equal(course.loads, 1);
});

test("only a changed file is emitted again", async (t) => {
  const course = await builtCheckout(t);
  const old = new Date(2020, 1, 1);
  for (const name of ["index.js", "numbers/half.js"]) utimesSync(course.path(`lib/dist/${name}`), old, old);
  course.write("lib/numbers/half.ts", "export function half(x: number): number {\n  return 0.5 * x;\n}\n");
  succeeded(await course.node(build));
  assert.match(course.read("lib/dist/numbers/half.js"), /0\.5 \* x/);
  assert.equal(statSync(course.path("lib/dist/index.js")).mtimeMs, old.getTime());
});

test("a change in the compiler's options emits everything again", async (t) => {
  const course = await builtCheckout(t);
  course.write(
    "tsconfig.json",
    course.read("tsconfig.json").replace('"strict": true', '"strict": true, "removeComments": true'),
  );
  course.write("lib/index.ts", '/** Gone. */\nexport { half } from "./numbers/half.js";\n');
  succeeded(await course.node(build));
  assert.doesNotMatch(course.read("lib/dist/index.js"), /Gone/);
});

test("outputs of deleted sources go, deleted outputs come back", async (t) => {
  const course = await builtCheckout(t);
  course.write("lib/index.ts", "export const one: number = 1;\n");
  rmSync(course.path("lib/numbers/half.ts"));
  rmSync(course.path("lib/dist/index.d.ts"));
  succeeded(await course.node(build));
  assert.deepEqual(readdirSync(course.path("lib/dist/numbers")), []);
  assert.ok(existsSync(course.path("lib/dist/index.d.ts")));
});

test("a file that does not parse is named with its line, and the others are built", async (t) => {
  const course = await builtCheckout(t);
  course.write("lib/broken.ts", "export const a: number = 1;\nexport const b: number = = 2;\n");
  course.write("lib/index.ts", "export const two: number = 2;\n");
  const first = await course.node(build);
  const second = await course.node(build);
  for (const ending of [first, second]) {
    assert.equal(ending.code, 1);
    assert.match(ending.stderr, /lib\/broken\.ts:2:26: Expression expected/);
  }
  assert.match(course.read("lib/dist/index.js"), /two/);
  course.write("lib/broken.ts", "export const b: number = 2;\n");
  succeeded(await course.node(build));
});

test("an export without its type is named with its line", async (t) => {
  const course = await builtCheckout(t);
  course.write("lib/loose.ts", "\nexport const sizes = [1, 2].map(Math.sqrt);\n");
  const { code, stderr } = await course.node(build);
  assert.equal(code, 1);
  assert.match(stderr, /lib\/loose\.ts:2:\d+: .*explicit type annotation/);
});

test("builds at the same time end with a whole library and leave nothing behind", async (t) => {
  const course = new Checkout(t);
  const names = Array.from({ length: 30 }, (_, index) => `part${index}`);
  for (const name of names) course.write(`lib/${name}.ts`, `export const ${name}: number = 1;\n`);
  for (const ending of await Promise.all(Array.from({ length: 4 }, () => course.node(build))))
    succeeded(ending);
  const expected = names.flatMap((name) => [`${name}.d.ts`, `${name}.js`, `${name}.js.map`]);
  assert.deepEqual(readdirSync(course.path("lib/dist")).sort(), [".stamp.json", ...expected].sort());
  assert.equal(course.loads, 1, "the others waited for the first instead of building too");
});

test("a build that was killed does not stop the next", async (t) => {
  const course = await builtCheckout(t);
  const { stdout: pid } = await course.node(["-p", "process.pid"]);
  course.write("lib/dist/.lock", JSON.stringify({ pid: Number(pid), host: hostname() }));
  course.write(`lib/dist/index.js.${pid.trim()}.tmp`, "half a fi");
  course.write("lib/index.ts", "export const two: number = 2;\n");
  succeeded(await course.node(build));
  assert.match(course.read("lib/dist/index.js"), /two/);
  assert.deepEqual(
    readdirSync(course.path("lib/dist")).filter((name) => /lock|tmp/.test(name)),
    [],
  );
});
