import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { test } from "node:test";

const source = JSON.stringify(resolve(__dirname, "../lib/prepareTfjsNode.ts"));

/** What a process prints for this expression when it has prepared itself for tfjs-node. */
function afterPreparing(code: string, env: NodeJS.ProcessEnv = {}): string {
  const { NODE_TEST_CONTEXT: _, TF_CPP_MIN_LOG_LEVEL: __, ...inherited } = process.env;
  const program = `require(${source}).prepareTfjsNode(); const util = require("util"); console.log(${code});`;
  return execFileSync(process.execPath, ["--throw-deprecation", "--import", "tsx", "-e", program], {
    encoding: "utf8",
    env: { ...inherited, ...env },
    cwd: resolve(__dirname, ".."),
  });
}

test("tfjs-node finds the functions of node:util that newer Nodes lack, and calling them warns of nothing", () => {
  assert.equal(afterPreparing("[null, undefined, 0, ''].map(util.isNullOrUndefined).join()"), "true,true,false,false\n");
  assert.equal(afterPreparing("[[], { length: 0 }].map(util.isArray).join()"), "true,false\n");
});

test("TensorFlow's notes are off, unless its log level is set", () => {
  const code = "process.env.TF_CPP_MIN_LOG_LEVEL";
  assert.equal(afterPreparing(code), "1\n");
  assert.equal(afterPreparing(code, { TF_CPP_MIN_LOG_LEVEL: "0" }), "0\n");
});
