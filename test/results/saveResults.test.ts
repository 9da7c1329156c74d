import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { inNotebook } from "../figures/fakeKernel.js";
import { checkClaims, judgeClaims } from "../../lib/results/checkClaims.js";
import { codeHash } from "../../lib/results/codeHash.js";
import { saveResults } from "../../lib/results/saveResults.js";
import type { ResultsFile } from "../../lib/results/saveResults.js";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "résults "));
});
after(() => rm(folder, { recursive: true }));

const claims = [
  { claim: "accuracy is at least .9", holds: false, needsRealData: true },
  { claim: "outputs are equal", holds: true },
];

describe("claims", () => {
  it("that need the real data are skipped, never passed, when other data stands in", () => {
    assert.deepEqual(judgeClaims(claims, { isReal: false }).map(({ outcome }) => outcome), ["skipped", "passed"]);
    inNotebook(() => checkClaims(claims, { isReal: false }));
  });

  it("that do not hold fail the cell by name", () => {
    inNotebook(() => {
      assert.throws(() => checkClaims(claims, { isReal: true }), /1 of 2 claims do not hold: accuracy is at least .9/);
    });
  });
});

describe("saveResults", () => {
  it("writes metrics, claims, versions and backend, and refuses a metric that is no number", async () => {
    const file = join(folder, "run.json");
    const data = { name: "MNIST", isReal: true };
    await saveResults({ seed: 3, data, metrics: { accuracy: 0.5 }, claims }, { file });
    const saved = JSON.parse(await readFile(file, "utf8")) as ResultsFile;
    assert.deepEqual(saved.metrics, { accuracy: 0.5 });
    assert.deepEqual(saved.data, data);
    assert.equal(saved.seed, 3);
    assert.deepEqual(saved.claims.map(({ outcome }) => outcome), ["failed", "passed"]);
    assert.ok(saved.backend && saved.versions.tfjs);
    await assert.rejects(saveResults({ seed: 1, metrics: { loss: NaN } }, { file }), /metric "loss" to be a finite number but found NaN/);
    assert.deepEqual((JSON.parse(await readFile(file, "utf8")) as ResultsFile).metrics, { accuracy: 0.5 }, "nothing is lost");
  });
});

describe("codeHash", () => {
  const cell = (source: string | string[], cell_type = "code"): { cell_type: string; source: string | string[] } => ({ cell_type, source });

  it("changes with the code and with nothing else", () => {
    const hash = codeHash({ cells: [cell("a\nb"), cell("text", "markdown")] });
    assert.equal(codeHash({ cells: [cell(["a\n", "b"]), cell("other text", "markdown")] }), hash);
    assert.notEqual(codeHash({ cells: [cell("a\nb "), cell("text", "markdown")] }), hash);
    assert.notEqual(codeHash({ cells: [cell("a"), cell("b")] }), hash);
  });
});
