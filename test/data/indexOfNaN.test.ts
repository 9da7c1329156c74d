import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { indexOfNaN } from "../../lib/data/indexOfNaN.js";

describe("indexOfNaN", () => {
  it("finds the first, wherever it is, and takes infinite numbers for numbers", () => {
    const number = fc.oneof({ weight: 9, arbitrary: fc.float({ noNaN: true }) }, { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity) });
    fc.assert(fc.property(fc.array(number), (list) => assert.equal(indexOfNaN(Float32Array.from(list)), list.findIndex(Number.isNaN))));
    assert.equal(indexOfNaN([Infinity, -Infinity]), -1);
    assert.equal(indexOfNaN([]), -1);
  });
});
