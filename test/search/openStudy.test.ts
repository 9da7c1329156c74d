import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { openStudy } from "../../lib/search/openStudy.js";

function inFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "stüdy with späces "));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "deep", "trials.jsonl");
}

describe("openStudy", () => {
  it("finds again what another run has measured, whatever the order of the params", async (t) => {
    const file = inFolder(t);
    const first = await openStudy(file);
    assert.deepEqual(first.trials, []);
    await first.add({ bits: 4, seed: 1 }, { accuracy: 0.9 });
    await first.add({ bits: 8, seed: 1 }, { accuracy: 0.95 });
    const second = await openStudy(file);
    assert.deepEqual(second.trials, first.trials);
    assert.equal(second.find({ seed: 1, bits: 8 })?.metrics.accuracy, 0.95);
    assert.equal(second.find({ bits: 8, seed: 2 }), undefined);
    assert.equal(second.find({ bits: 8 }), undefined);
  });

  it("goes on behind a line that was not written to its end", async (t) => {
    const file = inFolder(t);
    await (await openStudy(file)).add({ naïve: "é" }, { a: 1 });
    await appendFile(file, '{"params":{"b');
    const study = await openStudy(file);
    assert.equal(study.trials.length, 1);
    await study.add({ b: 2 }, { a: 2 });
    await study.add({ b: 3 }, { a: 3 });
    assert.deepEqual((await openStudy(file)).trials.map(({ metrics }) => metrics.a), [1, 2, 3]);
  });

  it("names a line that is no trial and leaves the file as it is", async (t) => {
    const file = inFolder(t);
    await (await openStudy(file)).add({ b: 1 }, { a: 1 });
    for (const line of ["no JSON", "[]", '{"params":1}', "null"]) {
      const text = `${await readFile(file, "utf8")}${line}\n`;
      const broken = `${file}.broken`;
      await writeFile(broken, text);
      await assert.rejects(openStudy(broken), (error: Error) => error instanceof SyntaxError && error.message.includes("a trial in line 2"));
      assert.equal(await readFile(broken, "utf8"), text);
    }
  });

  it("refuses a metric that is no number, and a trial that is there", async (t) => {
    const study = await openStudy(inFolder(t));
    await assert.rejects(study.add({ b: 1 }, { loss: NaN }), /RangeError: Expected the metric "loss" to be a finite number but found NaN/);
    await study.add({ b: 1, c: 2 }, { loss: 1 });
    await assert.rejects(study.add({ c: 2, b: 1 }, { loss: 2 }), /RangeError: Expected a new trial but found one with/);
    assert.equal(study.trials.length, 1);
  });
});
