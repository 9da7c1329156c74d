import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { keptCount } from "../../lib/pruning/magnitudeMask.js";
import { selectUnits } from "../../lib/pruning/structural/selectUnits.js";

const scores = { a: Float32Array.of(3, 1, 2, 2, 0), b: Float32Array.of(10, -4, 2) };

describe("selectUnits", () => {
  it("keeps the best of each layer, the first of equal ones, in ascending order", () => {
    assert.deepEqual(selectUnits(scores, { sparsity: 0.6 }), { a: [0, 2], b: [0] });
  });

  it("keeps the best of all layers together, and at least the minimum of each", () => {
    // Of 8 units 3 are kept: 10, 3 and the first of the three 2s.
    assert.deepEqual(selectUnits(scores, { sparsity: 0.625, scope: "global" }), { a: [0, 2], b: [0] });
    assert.deepEqual(selectUnits(scores, { sparsity: 0.75, scope: "global" }), { a: [0], b: [0] });
    assert.deepEqual(selectUnits(scores, { sparsity: 0.9, scope: "global", minimum: 2 }), { a: [0, 2], b: [0, 2] });
    const uneven = { a: Float32Array.of(9, 8, 7), b: Float32Array.of(2, 1) };
    assert.deepEqual(selectUnits(uneven, { sparsity: 0.4, scope: "global" }), { a: [0, 1], b: [0] });
  });

  it("takes sparsities and numbers by layer, and leaves layers that are not named out", () => {
    assert.deepEqual(selectUnits(scores, { sparsity: { b: 0.5 } }), { b: [0, 2] });
    assert.deepEqual(selectUnits(scores, { keep: { a: 3 } }), { a: [0, 2, 3] });
    assert.deepEqual(selectUnits(scores, { keep: { a: 1 }, minimum: 9 }), { a: [0, 1, 2, 3, 4] });
  });

  const own = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 9 });
  const drawn = fc.dictionary(fc.constantFrom("a", "b", "c"), own, { minKeys: 1 });
  const sparsities = fc.double({ min: 0, max: 0.99, noNaN: true });

  it("keeps exactly as many as asked for, none of them worse than one that goes", () => {
    fc.assert(
      fc.property(drawn, sparsities, fc.constantFrom("layer" as const, "global" as const), (values, sparsity, scope) => {
        const scored = Object.fromEntries(Object.entries(values).map(([layer, own]) => [layer, Float32Array.from(own)]));
        const keep = selectUnits(scored, { sparsity, scope });
        const counts = Object.entries(scored).map(([layer, own]) => [keep[layer].length, own.length]);
        const sum = (i: number): number => counts.reduce((total, pair) => total + pair[i], 0);
        if (scope === "global") assert.equal(sum(0), Math.max(keptCount(sum(1), sparsity), counts.length));
        else for (const [kept, all] of counts) assert.equal(kept, keptCount(all, sparsity));

        const gone = (layer: string): number[] => [...scored[layer].keys()].filter((unit) => !keep[layer].includes(unit));
        for (const layer of Object.keys(scored)) {
          const worst = Math.min(...keep[layer].map((unit) => scored[layer][unit]));
          for (const unit of gone(layer)) {
            assert.ok(scored[layer][unit] <= worst);
            const laterOnes = keep[layer].filter((kept) => kept > unit && scored[layer][kept] === scored[layer][unit]);
            assert.deepEqual(laterOnes, [], "of equal units the first stay");
          }
          if (scope === "layer") continue;
          // A unit of another layer that is worse than one that goes is the only one there.
          for (const other of Object.keys(scored)) {
            const worse = keep[other].filter((unit) => gone(layer).some((lost) => scored[layer][lost] > scored[other][unit]));
            if (worse.length > 0) assert.equal(keep[other].length, 1);
          }
        }
      }),
    );
  });

  it("keeps nested sets of units as the sparsity grows", () => {
    fc.assert(
      fc.property(drawn, sparsities, sparsities, (values, one, other) => {
        const scored = Object.fromEntries(Object.entries(values).map(([layer, own]) => [layer, Float32Array.from(own)]));
        for (const scope of ["layer", "global"] as const) {
          const many = selectUnits(scored, { sparsity: Math.min(one, other), scope });
          const few = selectUnits(scored, { sparsity: Math.max(one, other), scope });
          for (const layer of Object.keys(scored)) assert.ok(few[layer].every((unit) => many[layer].includes(unit)));
        }
      }),
    );
  });

  const refusals: [string, Parameters<typeof selectUnits>[1], string, RegExp][] = [
    ["neither sparsity nor keep", {}, "TypeError", /either sparsity or keep but found neither/],
    ["both of them", { sparsity: 0.5, keep: { a: 1 } }, "TypeError", /found both/],
    ["a sparsity of 1", { sparsity: 1 }, "RangeError", /sparsity of a must be in range \[0, 1\) but is 1/],
    ["a global sparsity of 1", { sparsity: 1, scope: "global" }, "RangeError", /range \[0, 1\) but is 1/],
    ["sparsities by layer for all together", { sparsity: { a: 0.5 }, scope: "global" }, "RangeError", /one sparsity for the scope global/],
    ["numbers by layer for all together", { keep: { a: 1 }, scope: "global" }, "RangeError", /one sparsity for the scope global/],
    ["a layer without scores", { sparsity: { c: 0.5 } }, "TypeError", /scores of c but found those of a, b/],
    ["more units than there are", { keep: { b: 4 } }, "RangeError", /keep 1 to 3 units of b but found 4/],
    ["no unit", { keep: { b: 0 } }, "RangeError", /keep 1 to 3 units of b but found 0/],
    ["half a unit as minimum", { sparsity: 0, minimum: 0.5 }, "RangeError", /minimum .* found 0.5/],
    ["another scope", { sparsity: 0, scope: "unit" as "layer" }, "RangeError", /layer or global but found unit/],
  ];
  for (const [what, args, name, message] of refusals) {
    it(`refuses ${what}`, () => assert.throws(() => selectUnits(scores, args), { name, message }));
  }

  it("refuses scores of a training that went wrong", () => {
    const wrong = { a: Float32Array.of(1, NaN) };
    assert.throws(() => selectUnits(wrong, { sparsity: 0 }), { name: "RangeError", message: /scores of a but found NaN/ });
  });
});
