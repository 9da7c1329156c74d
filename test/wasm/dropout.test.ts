import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dropoutKey, dropoutMask } from "../../lib/network/dropoutMask.js";
import { Arena } from "../../lib/wasm/arena.js";

describe("dropout", () => {
  it("draws the same mask in the kernels as in TypeScript", () => {
    for (const [rows, columns, rate] of [
      [1, 1, 0.5],
      [7, 13, 0.2],
      [20, 40, 0.9],
      [5, 8, 0],
    ] as const) {
      for (const key of [0, 1, dropoutKey(-3, 1, 0), dropoutKey(2 ** 40, 17, 2)]) {
        const arena = new Arena();
        const stride = Math.ceil(columns / 8) * 8;
        const mask = arena.allocate(rows * stride);
        arena.kernels.dropoutMask(mask, stride, rows, columns, key, rate);
        const found = Array.from({ length: rows }, (_, row) => [
          ...arena.at(mask, rows * stride).subarray(row * stride, row * stride + columns),
        ]);
        assert.deepEqual(Float32Array.from(found.flat()), dropoutMask(rows * columns, key, rate));
      }
    }
  });

  it("sets the share of numbers to zero that is asked for and keeps the mean", () => {
    for (const rate of [0.1, 0.5, 0.8]) {
      const size = 100_000;
      const mask = dropoutMask(size, dropoutKey(1, 1, 0), rate);
      const zeros = mask.filter((value) => value === 0).length / size;
      // Four standard deviations of the share.
      assert.ok(Math.abs(zeros - rate) < 4 * Math.sqrt((rate * (1 - rate)) / size), `${zeros} instead of ${rate}`);
      assert.ok(mask.every((value) => value === 0 || value === Math.fround(1 / (1 - rate))));
    }
  });

  it("draws another mask for another seed, step or layer", () => {
    const keys = [
      dropoutKey(1, 1, 0),
      dropoutKey(2, 1, 0),
      dropoutKey(1, 2, 0),
      dropoutKey(1, 1, 1),
      dropoutKey(2 ** 32 + 1, 1, 0),
    ];
    const masks = new Set(keys.map((key) => dropoutMask(64, key, 0.5).join()));
    assert.equal(masks.size, keys.length);
  });
});
