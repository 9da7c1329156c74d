import assert from "node:assert/strict";
import { chmodSync, existsSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { Checkout } from "./checkout.js";

const setup = ["scripts/setup.mjs"];
const nowhere = "http://127.0.0.1:9";

/** A program that answers the question set-up asks every Python. */
function fakePython(course: Checkout, answer: object): string {
  const name = "bin/python3";
  course.write(name, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`);
  chmodSync(course.path(name), 0o755);
  return dirname(course.path(name));
}

test("a Node that is too old is named with the version it takes", async (t) => {
  const course = new Checkout(t);
  const check = (version: string): string => `
    import(scripts + "/setup/checkNode.mjs").then(({ checkNode }) => checkNode(${JSON.stringify(version)}))
      .then(() => console.log("fits"), (error) => console.log(String(error)));`;
  for (const old of ["18.20.4", "20.18.3"]) {
    const { stdout } = await course.evaluate(check(old));
    assert.match(stdout, new RegExp(`needs Node 20\\.19\\.0 or newer; this is Node ${old}.*\\n  -> Install`));
  }
  for (const fit of ["20.19.0", "22.3.0"]) assert.equal((await course.evaluate(check(fit))).stdout, "fits\n");
});

test("without Python set-up says so and how to get it", async (t) => {
  const course = new Checkout(t);
  const { code, stderr } = await course.node(setup, {
    PATH: "",
    Path: "",
    PYTHON: course.path("no such python"),
  });
  assert.equal(code, 1);
  assert.match(stderr, /needs Python 3\.10 or newer, and none was found/);
  assert.match(stderr, /no such python \(from the environment variable PYTHON\): does not run/);
  assert.match(stderr, /-> .*[iI]nstall/);
  assert.doesNotMatch(stderr, /\bat .*\.mjs/, "a stack is no help here");
  assert.ok(!existsSync(course.path(".venv")));
});

test("a Python that is too old is named with its version", async (t) => {
  if (process.platform === "win32") return t.skip("the stand-in for an old Python is a shell script");
  const course = new Checkout(t);
  const folder = fakePython(course, { version: [3, 8, 10], noVenv: false });
  const { code, stderr } = await course.node(setup, { PATH: folder, PYTHON: "" });
  assert.equal(code, 1);
  assert.match(stderr, /python3: Python 3\.8\.10 is too old/);
});

test("a Python without its venv module is told from no Python", async (t) => {
  if (process.platform === "win32") return t.skip("the stand-in for a Python without venv is a shell script");
  const course = new Checkout(t);
  const folder = fakePython(course, { version: [3, 12, 3], noVenv: true });
  const { code, stderr } = await course.node(setup, { PATH: folder, PYTHON: "" });
  assert.equal(code, 1);
  assert.match(stderr, /python3: Python 3\.12\.3 has no venv module/);
  assert.match(stderr, /-> .*apt install python3-venv/);
});

test("when the package registry cannot be reached, set-up says so and tries again the next time", async (t) => {
  const course = new Checkout(t);
  const manifest = { name: "copy", version: "1.0.0", private: true, dependencies: { "left-pad": "1.3.0" } };
  const locked = {
    version: "1.3.0",
    resolved: `${nowhere}/left-pad/-/left-pad-1.3.0.tgz`,
    integrity: `sha512-${"A".repeat(86)}==`,
  };
  course.write("package.json", JSON.stringify(manifest));
  course.write(
    "package-lock.json",
    JSON.stringify({
      name: "copy",
      version: "1.0.0",
      lockfileVersion: 3,
      packages: { "": manifest, "node_modules/left-pad": locked },
    }),
  );
  const env = {
    npm_config_registry: nowhere,
    npm_config_fetch_retries: "0",
    npm_config_cache: course.path("cache"),
  };
  for (let time = 0; time < 2; time++) {
    const { code, stderr } = await course.node(setup, env);
    assert.equal(code, 1);
    assert.match(stderr, /the package registry cannot be reached/);
    assert.match(stderr, /ECONNREFUSED/);
    assert.match(stderr, /-> Check the network connection/);
    assert.ok(!existsSync(course.path("node_modules/.course-stamp")));
  }
});

test("when the Python package index cannot be reached, set-up says so and makes .venv anew the next time", async (t) => {
  const course = new Checkout(t);
  const { stdout: found } = await course.evaluate(`
    const { findPython } = await import(scripts + "/setup/findPython.mjs");
    await findPython().then(() => console.log("found"), () => {});`);
  if (found !== "found\n") return t.skip("no Python with which to make an environment");
  course.write(".venv/left over", "from an installation that was interrupted");
  const { code, stderr } = await course.node(setup, {
    PIP_INDEX_URL: `${nowhere}/simple`,
    PIP_EXTRA_INDEX_URL: "",
    PIP_FIND_LINKS: "",
    PIP_RETRIES: "0",
    PIP_CONFIG_FILE: process.platform === "win32" ? "nul" : "/dev/null",
  });
  assert.equal(code, 1);
  assert.match(stderr, /the Python package index cannot be reached/);
  assert.match(stderr, /-> Check the network connection/);
  assert.ok(!existsSync(course.path(".venv/left over")));
  assert.ok(!existsSync(course.path(".venv/.course-stamp")));
});

test("set-up that is done does nothing, and two at once take turns", async (t) => {
  const course = new Checkout(t);
  course.write("lib/index.ts", "export const one: number = 1;\n");
  const run =
    'const { setup } = await import(scripts + "/setup.mjs"); await setup({ jupyter: false, data: false });';
  const [one, other] = await Promise.all([course.evaluate(run), course.evaluate(run)]);
  assert.equal(one.code, 0, one.stderr);
  assert.equal(other.code, 0, other.stderr);
  assert.equal(`${one.stdout}${other.stdout}`.match(/Library: built/g)?.length, 1);
  const again = await course.evaluate(run);
  assert.deepEqual(again, { code: 0, stdout: "", stderr: "" });
});

test("data is looked for again only when a file changes or the code that looks does", async (t) => {
  const course = new Checkout(t);
  course.write(
    "lib/data/prepareData.ts",
    `
    import { appendFileSync } from "node:fs";
    export async function prepareData({ checkout }: { checkout: string }): Promise<object[]> {
      appendFileSync(checkout + "/searches", "x");
      return [{ name: "MNIST", source: "checkout", folder: checkout + "/data/mnist", reason: null }];
    }`,
  );
  const env = { COMPRESSION_DATA: "", TMPDIR: course.folder, TEMP: course.folder };
  const run = 'const { setup } = await import(scripts + "/setup.mjs"); await setup({ jupyter: false });';
  for (let time = 0; time < 2; time++) {
    const { code, stdout, stderr } = await course.evaluate(run, env);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Data: MNIST in data.mnist\n/);
  }
  assert.equal(course.read("searches"), "x");
  course.write("data/mnist/train-images-idx3-ubyte.gz", "other bytes");
  await course.evaluate(run, env);
  assert.equal(course.read("searches"), "xx");
});

test("a corrupt data file stops set-up with the library's message and no stack", async (t) => {
  const course = new Checkout(t);
  course.write(
    "lib/data/prepareData.ts",
    `
    export async function prepareData(): Promise<object[]> { throw new Error("mnist.gz is cut off. Delete it."); }`,
  );
  const run =
    'const { setupOrExit } = await import(scripts + "/setup.mjs"); await setupOrExit({ jupyter: false });';
  const { code, stderr } = await course.evaluate(run);
  assert.equal(code, 1);
  assert.equal(stderr, "\nmnist.gz is cut off. Delete it.\n");
});

test("work under a lock never overlaps, though a dead process left its lock behind", async (t) => {
  const course = new Checkout(t);
  const { stdout: pid } = await course.node(["-p", "process.pid"]);
  const { stdout: host } = await course.node(["-p", 'require("node:os").hostname()']);
  course.write("lock", JSON.stringify({ pid: Number(pid), host: host.trim() }));
  const work = `
    import { appendFileSync } from "node:fs";
    const { withLock } = await import(scripts + "/setup/lock.mjs");
    for (let turn = 0; turn < 5; turn++) {
      await withLock("lock", async () => {
        appendFileSync("journal", "(");
        await new Promise((resolve) => setTimeout(resolve, 5));
        appendFileSync("journal", ")");
      });
    }`;
  const endings = await Promise.all(Array.from({ length: 4 }, () => course.evaluate(work)));
  for (const { code, stderr } of endings) assert.equal(code, 0, stderr);
  assert.equal(course.read("journal"), "()".repeat(20));
  assert.ok(!existsSync(course.path("lock")));
});
