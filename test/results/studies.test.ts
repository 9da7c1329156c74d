import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readStudy } from "../../lib/results/studyResults.js";

const root = join(__dirname, "..", "..");

for (const program of readdirSync(join(root, "studies"))) {
  const name = program.replace(/\.mts$/, "");
  describe(`results of studies/${program}`, () => {
    it("are committed, computed by the study as it is", async () => {
      const study = await readStudy(join(root, "results", `study-${name}.json`));
      const hash = createHash("sha256").update(readFileSync(join(root, "studies", program))).digest("hex");
      assert.equal(study.study, program);
      assert.equal(study.codeHash, hash, `results/study-${name}.json was computed by another program: run npm run study -- ${name}`);
    });
  });
}
