import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { benchModule } from "./modules.js";

interface Row {
  model: string;
  data: string;
  batch: number;
  required: Record<string, number>;
}

describe("allRows", () => {
  let rows: Row[];
  let rivals: string[];
  let nameOf: (row: Row) => string;
  before(async () => {
    const module = await import(benchModule("rows.mjs"));
    ({ rivals, nameOf } = module);
    rows = module.allRows();
  });
  const required = (name: string): Record<string, number> => {
    const found = rows.filter((row) => nameOf(row) === name);
    assert.equal(found.length, 1, name);
    return found[0].required;
  };

  it("holds the bars of the small network and the demo's on MNIST", () => {
    for (const sizes of ["784-64-32-10", "784-5-7-10-2"]) {
      const of = (variant: string): object => required(`${sizes} ${variant}, MNIST, batch 64`);
      for (const variant of ["plain", "QAT", "pruned", "QAP", "KD"]) assert.deepEqual(of(variant), { keras: 4, torch: 1 });
    }
  });

  it("holds the bars of the large network", () => {
    assert.deepEqual(required("784-256-64-32-10 plain, MNIST, batch 64"), { keras: 2, torch: 1 });
    assert.deepEqual(required("784-256-64-32-10 plain, Fashion-MNIST, batch 64"), { keras: 1.5 });
  });

  it("asks nothing of large batches and of random data", () => {
    const free = rows.filter(({ batch, data }) => batch !== 64 || data === "random");
    assert.ok(free.length > 0);
    for (const row of free) assert.deepEqual(row.required, {}, nameOf(row));
  });

  it("has each row once and bars of rivals only", () => {
    assert.equal(new Set(rows.map(nameOf)).size, rows.length);
    for (const row of rows) for (const name of Object.keys(row.required)) assert.ok(rivals.includes(name), name);
  });
});
