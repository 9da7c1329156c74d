import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { Checkout } from "./checkout.js";

const root = resolve(__dirname, "../..");

/** A checkout whose data cannot be had, and which finds the real tsx. */
function testCheckout(t: TestContext): Checkout {
  const course = new Checkout(t);
  const tsx = String(pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")));
  course.write(
    "node_modules/tsx/package.json",
    JSON.stringify({ name: "tsx", version: "1.0.0", exports: "./index.mjs" }),
  );
  course.write("node_modules/tsx/index.mjs", `import ${JSON.stringify(tsx)};\n`);
  course.write(
    "lib/data/prepareData.ts",
    `
    export async function prepareData(): Promise<object[]> {
      return [{ name: "MNIST", source: "drawn", folder: null, reason: "No network." }];
    }`,
  );
  return course;
}

test("npm test counts what passed, failed and was skipped, names the latter, and fails", async (t) => {
  const course = testCheckout(t);
  course.write(
    "test/a.test.ts",
    `
    import { describe, test } from "node:test";
    test("holds", () => {});
    test("breaks", () => { throw new Error("one is not two"); });
    describe("with data", () => {
      test("reads MNIST", (t) => t.skip("MNIST is not here"));
      test("is to come", { todo: "next year" }, () => { throw new Error(); });
    });`,
  );
  course.write("test/deep/empty.test.ts", "export {};\n");
  course.write(
    "test/deep/crash.test.ts",
    'import { test } from "node:test";\ntest("fine", () => {});\nprocess.exit(3);\n',
  );
  const { code, stdout } = await course.node(["scripts/test.mjs", "unit"]);
  assert.equal(code, 1);
  assert.match(stdout, /digits drawn by a program stand in for MNIST\. No network\./);
  assert.match(stdout, /unit: test\/a\.test\.ts: breaks\n\s+one is not two/);
  assert.match(stdout, /unit: test\/deep\/empty\.test\.ts\n\s+the file holds no test/);
  assert.match(stdout, /unit: test\/deep\/crash\.test\.ts/);
  assert.match(stdout, / MNIST is not here\n\s+unit: test\/a\.test\.ts: with data > reads MNIST/);
  assert.match(stdout, / to do: next year\n\s+unit: test\/a\.test\.ts: with data > is to come/);
  assert.match(stdout, /\n\d+ passed, 3 failed, 2 skipped\n$/);
});

test("npm test succeeds when everything passes", async (t) => {
  const course = testCheckout(t);
  course.write("test/a.test.ts", 'import { test } from "node:test";\ntest("holds", () => {});\n');
  const { code, stdout } = await course.node(["scripts/test.mjs", "unit"]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /\n1 passed, 0 failed, 0 skipped\n$/);
});

test("when set-up fails npm test closes with its counts all the same", async (t) => {
  const course = testCheckout(t);
  course.write("lib/broken.ts", "export const = 1;\n");
  const { code, stdout, stderr } = await course.node(["scripts/test.mjs", "unit"]);
  assert.equal(code, 1);
  assert.match(stderr, /lib\/broken\.ts:1:14: /);
  assert.match(stdout, /\n0 passed, 1 failed, 0 skipped\n$/);
});

test("an unknown part is refused with the names of the parts", async (t) => {
  const { code, stderr } = await new Checkout(t).node(["scripts/test.mjs", "unti"]);
  assert.equal(code, 1);
  assert.match(stderr, /no part unti\. The parts are types, lint, .*unit/);
});

test("without a browser the tests that need one are skipped by name, with the command that installs one", async (t) => {
  const course = testCheckout(t);
  course.write(
    "test/browser/a.test.ts",
    'import { test } from "node:test";\ntest("shows a plot", () => {});\n',
  );
  const { stdout } = await course.evaluate(`
    const { findBrowser, browserCure } = await import(scripts + "/test/findBrowser.mjs");
    const { titlesIn } = await import(scripts + "/test/titlesIn.mjs");
    console.log(JSON.stringify([findBrowser({ CHROME_PATH: "nowhere" }) ?? null, browserCure(), titlesIn("test/browser/a.test.ts")]));`);
  const [browser, cure, titles] = JSON.parse(stdout) as [string | null, string, string[]];
  assert.equal(browser, null);
  assert.match(cure, /install/);
  assert.deepEqual(titles, ["shows a plot"]);
});

test("outcomes are read from JUnit XML", async (t) => {
  const xml = `<testsuites><testsuite name="n">
    <testcase classname="a.ipynb" name="cell 1" time="0.1"/>
    <testcase classname="a.ipynb" name="cell 2 &amp; 3"><failure message="1 &lt; 2">trace</failure></testcase>
    <testcase classname="b.ipynb" name="claim"><skipped message="no MNIST"/></testcase>
    <testcase name="c"><error><![CDATA[died
      later]]></error></testcase></testsuite></testsuites>`;
  const { stdout } = await new Checkout(t).evaluate(`
    const { readJunit } = await import(scripts + "/test/junit.mjs");
    console.log(JSON.stringify(readJunit(${JSON.stringify(xml)})));`);
  assert.deepEqual(JSON.parse(stdout), {
    passed: ["a.ipynb: cell 1"],
    failed: [
      { name: "a.ipynb: cell 2 & 3", reason: "1 < 2" },
      { name: "c", reason: "died" },
    ],
    skipped: [{ name: "b.ipynb: claim", reason: "no MNIST" }],
  });
});
