import { mkdirSync, readdirSync, rmSync } from "node:fs";
import os from "node:os"; // whole: an old Node must get as far as being told that it is too old
import { dirname, join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../project.mjs";
import { run } from "../run.mjs";
import { readText } from "../setup/stamp.mjs";

/** The `*.test.ts` files below a folder of the checkout, sorted; none when the folder is not there. */
export function testFiles(folder) {
  try {
    return readdirSync(join(root, folder), { recursive: true })
      .map((name) => `${folder}/${name.split(sep).join("/")}`)
      .filter((name) => name.endsWith(".test.ts"))
      .sort();
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

/**
 * Runs test files with node:test and tsx.
 *
 * @param {string} part name of the part of `npm test`, for its files under build/test
 * @param {string[]} files relative to the checkout
 * @param {{env?: NodeJS.ProcessEnv, serial?: boolean, timeLimit: number}} options `serial`: one file at a time;
 *   `timeLimit` in seconds
 * @returns {Promise<{passed: string[], failed: {name: string, reason: string}[], skipped: {name: string, reason: string}[]}>}
 */
export async function runNodeTests(part, files, { env = process.env, serial = false, timeLimit }) {
  if (files.length === 0)
    return { passed: [], failed: [{ name: part, reason: "no test files were found" }], skipped: [] };
  const outcomes = join(root, "build", "test", `${part}.jsonl`);
  mkdirSync(dirname(outcomes), { recursive: true });
  rmSync(outcomes, { force: true });
  // A child of node:test would hide its own results: this may run inside a test itself.
  const { NODE_TEST_CONTEXT: _, ...environment } = env;
  const { code, timedOut } = await run(
    process.execPath,
    [
      "--import",
      "tsx",
      "--test",
      `--test-concurrency=${serial ? 1 : os.availableParallelism()}`,
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      `--test-reporter=${pathToFileURL(join(root, "scripts", "test", "reporter.mjs"))}`,
      `--test-reporter-destination=${relative(root, outcomes)}`,
      ...files,
    ],
    { env: environment, show: true, log: join(root, "build", "test", `${part}.log`), timeLimit },
  );
  const results = (readText(outcomes) ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map(parseLine);
  const of = (outcome) =>
    results.filter((result) => result.outcome === outcome).map(({ name, reason }) => ({ name, reason }));
  const result = {
    passed: of("passed").map(({ name }) => name),
    failed: of("failed"),
    skipped: of("skipped"),
  };
  if (timedOut) result.failed.push({ name: "time limit", reason: `not done after ${timeLimit} s` });
  else if (code !== 0 && result.failed.length === 0)
    result.failed.push({ name: "node --test", reason: `exit code ${code}` });
  return result;
}

function parseLine(line) {
  try {
    return JSON.parse(line);
  } catch {
    return { outcome: "failed", name: "reporter", reason: `unreadable line: ${line.slice(0, 100)}` }; // cut off when killed
  }
}
