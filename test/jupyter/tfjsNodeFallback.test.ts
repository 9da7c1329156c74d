import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { test, type TestContext } from "node:test";

const hook = resolve(__dirname, "../../jupyter/tfjs-node-fallback.cjs");

/** Name of the package that a program gets which asks for tfjs-node. */
function packageFor(t: TestContext, { binary, backend }: { binary: boolean; backend: string }): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "päckages ")));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (name: string): void => {
    const file = join(folder, "node_modules/@tensorflow", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, "");
  };
  for (const name of ["tfjs/index.js", "tfjs-node/index.js"]) write(name);
  if (binary) write("tfjs-node/lib/napi-v8/tfjs_binding.node");
  const entry = execFileSync(process.execPath, ["--require", hook, "-p", 'require.resolve("@tensorflow/tfjs-node")'], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, TFJS_BACKEND: backend },
  });
  return basename(dirname(entry.trim()));
}

test("tfjs-node is itself where it has its binary, else tfjs", (t) => {
  assert.equal(packageFor(t, { binary: true, backend: "" }), "tfjs-node");
  assert.equal(packageFor(t, { binary: true, backend: "tensorflow" }), "tfjs-node");
  assert.equal(packageFor(t, { binary: false, backend: "" }), "tfjs");
});

test("tfjs-node is tfjs where TFJS_BACKEND asks for another backend, which it would replace", (t) => {
  assert.equal(packageFor(t, { binary: true, backend: "wasm" }), "tfjs");
  assert.equal(packageFor(t, { binary: true, backend: "cpu" }), "tfjs");
});
