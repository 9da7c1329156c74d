import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";

const root = resolve(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "cöurse that is saved "));

/** What JupyterLab does: opens, saves with outputs, opens again, edits a cell, saves, opens. */
const SCRIPT = `
import asyncio, json, sys
sys.path.insert(0, "jupyter")
from course_contents import CourseContentsManager

async def main():
    manager = CourseContentsManager(root_dir=".")
    async def opened(path):
        return (await manager.get(path))["content"]
    async def saved(path, content):
        await manager.save({"type": "notebook", "format": "json", "content": json.loads(json.dumps(content))}, path)
    report = {}
    for path in ["notebooks/a.ipynb", "elsewhere.ipynb"]:
        content = await opened(path)
        content["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1\\n"}]
        content["cells"][0]["execution_count"] = 1
        content["metadata"]["widgets"] = {}
        await saved(path, content)
        report[path] = open(path, encoding="utf8").read()
        again = await opened(path)
        report[path + " opened"] = again["cells"][0]["outputs"]
    again = await opened("notebooks/a.ipynb")
    again["cells"][0]["source"] = "2;"
    again["cells"][0]["outputs"] = []
    again["cells"][0]["execution_count"] = None
    await saved("notebooks/a.ipynb", again)
    report["edited"] = (await opened("notebooks/a.ipynb"))["cells"][0]
    print(json.dumps(report))

asyncio.run(main())
`;

const notebook = {
  cells: [{ cell_type: "code", execution_count: null, id: "a", metadata: {}, outputs: [], source: ["1;"] }],
  metadata: {
    kernelspec: { display_name: "TypeScript", language: "typescript", name: "typescript" },
    language_info: { file_extension: ".ts", mimetype: "text/typescript", name: "typescript" },
  },
  nbformat: 4,
  nbformat_minor: 5,
};
const text = `${JSON.stringify(notebook, null, 1)}\n`;
interface Cell {
  source: string;
  outputs: unknown[];
}
let report: Record<string, unknown> = {};

before(async () => {
  for (const name of ["jupyter", "notebooks"]) mkdirSync(join(folder, name));
  copyFileSync(join(root, "jupyter", "course_contents.py"), join(folder, "jupyter", "course_contents.py"));
  for (const name of ["notebooks/a.ipynb", "elsewhere.ipynb"]) writeFileSync(join(folder, name), text);
  const { venvPython, jupyterEnv } = (await import(pathToFileURL(join(root, "scripts", "project.mjs")).href)) as {
    venvPython: string;
    jupyterEnv: () => NodeJS.ProcessEnv;
  };
  const { stdout, stderr } = spawnSync(venvPython, ["-c", SCRIPT], { cwd: folder, env: jupyterEnv(), encoding: "utf8" });
  assert.ok(stdout, stderr);
  report = JSON.parse(stdout) as Record<string, unknown>;
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe("saving a notebook of the course", () => {
  it("leaves the file as git has it, byte for byte", () => assert.equal(report["notebooks/a.ipynb"], text));

  it("gives the outputs back when it is opened again", () => {
    assert.deepEqual(report["notebooks/a.ipynb opened"], [{ output_type: "stream", name: "stdout", text: "1\n" }]);
  });

  it("keeps what the student wrote, without the outputs of what stood there before", () => {
    const edited = report.edited as Cell;
    assert.equal(edited.source, "2;");
    assert.deepEqual(edited.outputs, []);
    assert.match(readFileSync(join(folder, "notebooks", "a.ipynb"), "utf8"), /"2;"/);
  });

  it("keeps outputs in the file elsewhere, as Jupyter does", () => {
    assert.match(report["elsewhere.ipynb"] as string, /"1\\n"/);
  });
});
