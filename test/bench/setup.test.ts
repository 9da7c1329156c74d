import assert from "node:assert/strict";
import { chmodSync, cpSync, existsSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { Checkout } from "../scripts/checkout.js";

const windows = process.platform === "win32" && "the stand-in for Python is a shell script";

/**
 * A copy of the course with the benchmark and a stand-in for Python, which notes how it is called and whose pip
 * fails as long as there is a file "no network".
 */
function prepare(t: TestContext, version = [3, 12, 1]): { course: Checkout; env: NodeJS.ProcessEnv } {
  const course = new Checkout(t);
  cpSync(resolve(__dirname, "../../bench"), course.path("bench"), { recursive: true });
  course.write(
    "python",
    `#!/bin/sh
PATH=/usr/bin:/bin
here='${course.folder}'
echo "$1 $2" >> "$here/calls"
case "$1 $2" in
  "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip") if [ -e "$here/no network" ]; then echo "ERROR: Could not find a version of tensorflow"; exit 1; fi ;;
  *) echo '${JSON.stringify({ version, noVenv: false })}' ;;
esac
`,
  );
  chmodSync(course.path("python"), 0o755);
  return { course, env: { PYTHON: course.path("python") } };
}

const setup = ["bench/setup.mjs"];
const calls = (course: Checkout): string[] =>
  course
    .read("calls")
    .split("\n")
    .filter((line) => line.startsWith("-m"));

test("the benchmark's set-up installs the rivals once, and anew when a version changes", { skip: windows }, async (t) => {
  const { course, env } = prepare(t);
  const whole = ["-m venv", "-m pip", "-m pip"];
  const first = await course.node(setup, env);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /PyTorch: ready in build\/bench-venv/);
  assert.deepEqual(calls(course), whole);
  const second = await course.node(setup, env);
  assert.deepEqual(second, { code: 0, stdout: "The rivals are installed in build/bench-venv.\n", stderr: "" });
  assert.deepEqual(calls(course), whole);
  course.write("bench/constraints.txt", "numpy==1.0.0\n");
  assert.equal((await course.node(setup, env)).code, 0);
  assert.deepEqual(calls(course), [...whole, ...whole]);
});

test("the benchmark's set-up says why pip failed and begins anew the next time", { skip: windows }, async (t) => {
  const { course, env } = prepare(t);
  course.write("no network", "");
  course.write("build/bench-venv/left over", "from a set-up that was interrupted");
  const { code, stderr } = await course.node(setup, env);
  assert.equal(code, 1);
  assert.match(stderr, /Keras, QKeras and TFMOT could not be installed\.\n/);
  assert.match(stderr, /Could not find a version of tensorflow\n[^]*-> Check the network/);
  assert.doesNotMatch(stderr, /\bat .*\.mjs/, "a stack is no help here");
  assert.ok(!existsSync(course.path("build/bench-venv/left over")));
  course.write("build/bench-venv/left over", "");
  assert.equal((await course.node(setup, env)).code, 1);
  assert.ok(!existsSync(course.path("build/bench-venv/left over")));
});

test("a Python that TensorFlow does not know yet is named with its version", { skip: windows }, async (t) => {
  const { course, env } = prepare(t, [3, 14, 2]);
  const { code, stderr } = await course.node(setup, env);
  assert.equal(code, 1);
  assert.match(stderr, /TensorFlow 2\.21 needs Python 3\.10 to 3\.13; this is Python 3\.14\.2\.\n {2}-> Name another one/);
  assert.deepEqual(calls(course), []);
});
