import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { getQuantizer } from "../../lib/quantizers/getQuantizer.js";
import { quantizers } from "../network/architecture.js";
import { createRandom } from "../../lib/data/random.js";
import { paddingAt, storeWeight } from "./storeWeight.js";

const shapes = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })).map(([rows, columns]) => [rows, columns]),
  fc.integer({ min: 1, max: 20 }).map((columns) => [columns]),
);

describe("the kernels' quantizers", () => {
  it("give each value as the quantizer itself does, and leave what is filled up at zero", () => {
    fc.assert(
      fc.property(quantizers, shapes, fc.nat(1e6), fc.constantFrom(0.1, 1, 4), (text, shape, seed, scale) => {
        const random = createRandom(seed);
        const size = shape.reduce((a, b) => a * b, 1);
        // Halves of steps too: ties are rounded alike.
        const values = Float32Array.from({ length: size }, () =>
          random.uniform() < 0.5 ? random.normal(0, scale) : random.integer(64) / 32 - 1,
        );
        const quantizer = getQuantizer(text);
        const { format } = quantizer;
        const { arena, stored } = storeWeight(
          values,
          shape,
          format.kind === "autoScale" && shape.length === 1 ? { kind: "custom", quantizer } : format,
        );
        stored.quantize();
        const found = new Float32Array(size);
        stored.read(stored.effective, found);
        const wanted = quantizer.quantize(values, shape);
        // Adding 0 makes a negative zero positive.
        assert.deepEqual(
          found.map((value) => value + 0),
          wanted.map((value) => value + 0),
          text,
        );
        assert.ok(
          paddingAt(stored, arena, stored.effective).every((value) => value === 0),
          `filled up by ${text}`,
        );
      }),
      { seed: 1, numRuns: 3000 },
    );
  });

  it("seek a power of two in all of the five rounds", () => {
    // Five times as many values of half the size, again and again: each round moves the scale by a half.
    const values = Float32Array.from(
      [1, 0.52, 0.26, 0.13, 0.065, 0.0325].flatMap((value, i) => new Array<number>(5 ** i).fill(value)),
    );
    const quantizer = getQuantizer("quantized_bits(2,0,alpha='auto_po2')");
    const { stored } = storeWeight(values, [values.length, 1], quantizer.format);
    stored.quantize();
    const found = new Float32Array(values.length);
    stored.read(stored.effective, found);
    assert.deepEqual(found, new Float32Array(values.length).fill(2 ** -5));
    assert.deepEqual(quantizer.quantize(values, [values.length, 1]), found);
  });
});
