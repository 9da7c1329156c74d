import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

const root = join(__dirname, "..", "..");

function clean(text: string): string {
  const { stdout, status } = spawnSync(process.execPath, [join(root, "scripts", "cleanNotebook.mjs")], { input: text, encoding: "utf8" });
  assert.equal(status, 0);
  return stdout;
}

const executed = JSON.stringify({
  cells: [
    {
      cell_type: "code",
      execution_count: 3,
      id: "a",
      metadata: { tags: ["exercise"], execution: { "iopub.status.busy": "now" } },
      outputs: [{ output_type: "stream", name: "stdout", text: ["1\n"] }],
      source: "const x = 1;\nconsole.log(x);",
    },
    { cell_type: "markdown", id: "b", metadata: { collapsed: true }, source: ["# é"] },
  ],
  metadata: { kernelspec: { name: "typescript" }, language_info: { name: "typescript", version: "5.0.4" }, widgets: {} },
  nbformat: 4,
  nbformat_minor: 5,
});

describe("the clean filter of notebooks", () => {
  it("drops what a run leaves and keeps sources, ids and tags", () => {
    const { cells, metadata } = JSON.parse(clean(executed)) as { cells: Record<string, unknown>[]; metadata: Record<string, unknown> };
    assert.deepEqual(cells, [
      { cell_type: "code", execution_count: null, id: "a", metadata: { tags: ["exercise"] }, outputs: [], source: ["const x = 1;\n", "console.log(x);"] },
      { cell_type: "markdown", id: "b", metadata: {}, source: ["# é"] },
    ]);
    assert.deepEqual(Object.keys(metadata), ["kernelspec", "language_info"]);
  });

  it("changes nothing in what it has cleaned", () => {
    assert.equal(clean(clean(executed)), clean(executed));
  });

  it("leaves what is no notebook alone", () => {
    for (const text of ["", "{ half a file", '{"cells": 1}']) assert.equal(clean(text), text);
  });

  it("changes nothing in the notebooks of the course as git has them", () => {
    for (const name of readdirSync(join(root, "notebooks")).filter((file) => file.endsWith(".ipynb"))) {
      const { stdout, status } = spawnSync("git", ["-C", root, "show", `HEAD:notebooks/${name}`], { encoding: "utf8", maxBuffer: 2 ** 26 });
      const text = status === 0 ? stdout : readFileSync(join(root, "notebooks", name), "utf8");
      assert.equal(text, clean(text), `notebooks/${name} is not in canonical form`);
    }
  });
});
