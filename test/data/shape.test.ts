import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sizeOf } from "../../lib/data/shape.js";

describe("sizeOf", () => {
  it("is the product of a shape's sizes: 1 for a single number, 0 for an empty tensor", () => {
    assert.deepEqual([[28, 28, 3], [], [4, 0, 2]].map(sizeOf), [2352, 1, 0]);
  });
});
