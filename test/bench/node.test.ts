import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { temporaryFolder } from "../data/temporaryFolder.js";
import { startProgram } from "./fakeProgram.js";
import { benchModule } from "./modules.js";

const node = (name: string): string => resolve(__dirname, "../../bench/node", name);

describe("the programs in Node", () => {
  it("train whole epochs of whole batches, or one epoch on fewer samples", async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, "program.mjs");
    writeFileSync(
      file,
      `import { Missing, serve } from ${JSON.stringify(benchModule("node/protocol.mjs"))};
      let built = 0;
      await serve({ versions: {}, runs: "" }, (sizes, variant, x, y, batch) => {
        if (variant === "KD") throw new Missing("no KD");
        if (variant === "QAP") throw new RangeError("no luck");
        built += 1;
        return async (rows, epochs) => [built, sizes, variant, x.shape, y.shape, batch, rows, epochs];
      });`,
    );
    const program = await startProgram({ command: [process.execPath, file], log: join(folder, "log") });
    const ask = async (model: string, steps: number): Promise<Record<string, unknown>> =>
      program.ask({ model, data: "random", folder: null, batch: 64, steps });
    const [small, shapes] = ["784-8-10 plain", [[784, 8, 10], "plain", [60_000, 784], [60_000, 10], 64]];
    const first = await ask(small, 20);
    assert.deepEqual([first.steps, first.accuracy], [20, [1, ...shapes, 20 * 64, 1]]);
    assert.ok((first.ms_per_step as number) >= 0);
    const second = await ask(small, 2000); // 937 whole batches an epoch
    assert.deepEqual([second.steps, second.accuracy], [2 * 937, [1, ...shapes, 937 * 64, 2]], "the model is built once");
    assert.deepEqual(await ask("784-8-10 KD", 20), { missing: "no KD" });
    assert.deepEqual(await ask("784-8-10 QAP", 20), { missing: "RangeError: no luck" });
    assert.deepEqual((await ask(small, 20)).accuracy, [2, ...shapes, 20 * 64, 1]);
    await program.end();
  });

  it("have every model that is measured, in the library", async (t) => {
    const { allRows } = (await import(benchModule("rows.mjs"))) as { allRows: () => { model: string }[] };
    const program = await startProgram({ command: [process.execPath, node("ours.mjs")], log: join(temporaryFolder(t), "log") });
    assert.equal(program.missing, undefined);
    for (const model of new Set(allRows().map((row) => row.model))) {
      const answer = await program.ask({ model, data: "random", folder: null, batch: 64, steps: 2 });
      assert.equal(answer.missing, undefined, model);
      assert.equal(answer.steps, 2, model);
      const accuracy = answer.accuracy as number;
      assert.ok(accuracy >= 0 && accuracy <= 1, `${model}: accuracy ${accuracy}`);
    }
    await program.end();
  });
});
