import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readStudy, saveStudy } from "../../lib/results/studyResults.js";
import type { StudyFile } from "../../lib/results/studyResults.js";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "study "));
});
after(() => rm(folder, { recursive: true }));

const trial = (bits: number, seed: number, accuracy: number): { params: Record<string, number>; metrics: Record<string, number> } =>
  ({ params: { bits, seed }, metrics: { accuracy } });
const about = { study: "bits.mts", codeHash: "abc" };

describe("saveStudy and readStudy", () => {
  it("give a metric's numbers seed by seed, with day and machine", async () => {
    const file = join(folder, "study-bits.json");
    await saveStudy(file, { ...about, trials: [trial(4, 2, 0.8), trial(4, 1, 0.7), trial(8, 1, 0.9), trial(8, 2, 0.95)] });
    const study = await readStudy(file);
    assert.deepEqual(study.seeds, [1, 2]);
    assert.deepEqual(study.values("4.accuracy"), [0.7, 0.8]);
    assert.deepEqual(study.values("8.accuracy"), [0.9, 0.95]);
    assert.match(study.date, /^20\d\d-\d\d-\d\d$/);
    assert.match(study.machine, / cores, .*Node /);
    assert.equal((JSON.parse(await readFile(file, "utf8")) as StudyFile).codeHash, "abc");
    assert.throws(() => study.values("2.accuracy"), /RangeError: Expected a metric of .*study-bits\.json but found "2\.accuracy"/);
  });

  it("refuse seeds with different trials, and a file of something else", async () => {
    const file = join(folder, "half.json");
    const trials = [trial(4, 1, 0.7), trial(4, 2, 0.8), trial(8, 2, 0.9)];
    await assert.rejects(saveStudy(file, { ...about, trials }), /RangeError: Expected the same trials of all seeds but found 8\.accuracy/);
    await writeFile(file, '{"metrics": {}}');
    await assert.rejects(readStudy(file), /SyntaxError: Expected the results of a study in .*half\.json/);
  });
});
