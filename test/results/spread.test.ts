import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { codeHash } from "../../lib/results/codeHash.js";
import type { NotebookFile } from "../../lib/results/codeHash.js";
import type { ResultsFile } from "../../lib/results/saveResults.js";

const root = join(__dirname, "..", "..");

interface Committed {
  codeHash: string;
  spread: Record<string, [number, number]>;
  figures: string[];
}

const json = (...path: string[]): unknown => JSON.parse(readFileSync(join(root, ...path), "utf8"));
const renew = "run `npm run results`, look at what changed, and commit it";

for (const file of readdirSync(join(root, "notebooks")).filter((name) => name.endsWith(".ipynb"))) {
  const name = file.replace(/\.ipynb$/, "");
  describe(`results of ${file}`, () => {
    const committed = existsSync(join(root, "results", `${name}.json`)) ? (json("results", `${name}.json`) as Committed) : null;
    const path = join("build", "results", `${name}.json`);
    const run = existsSync(join(root, path)) ? (json(path) as ResultsFile) : null;
    const hash = codeHash(json("notebooks", file) as NotebookFile);

    it("are committed, computed by the notebook as it is, with a picture of each figure", () => {
      assert.ok(committed, `there is no results/${name}.json: ${renew}`);
      assert.equal(committed.codeHash, hash, `results/${name}.json was computed by other code cells: ${renew}`);
      for (const figure of committed.figures) {
        assert.ok(existsSync(join(root, "results", name, `${figure}.svg`)), `results/${name}/${figure}.svg is missing: ${renew}`);
      }
    });

    it("were written by a run of the notebook as it is", () => {
      assert.ok(run, `there is no ${path}: run npm run notebooks first`);
      assert.equal(run.codeHash, hash, `${path} was written by other code cells: run npm run notebooks`);
    });
    if (!run || !committed) return;

    const reason = `ran on ${run.data?.name ?? ""}, and the committed results on the real data`;
    for (const [metric, [low, high]] of Object.entries(committed.spread)) {
      it(`${metric} lies between ${low} and ${high}`, { skip: run.data?.isReal === false && reason }, () => {
        const value = run.metrics[metric];
        assert.ok(value >= low && value <= high, `found ${value}; if that is right, ${renew}`);
      });
    }
    for (const { claim, outcome } of run.claims) {
      it(`claim: ${claim}`, { skip: outcome === "skipped" && reason }, () => assert.equal(outcome, "passed"));
    }
  });
}
