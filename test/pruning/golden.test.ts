import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { constantSparsity } from "../../lib/pruning/constantSparsity.js";
import type { ConstantSparsityArgs } from "../../lib/pruning/constantSparsity.js";
import { magnitudeMask } from "../../lib/pruning/magnitudeMask.js";
import { polynomialDecay } from "../../lib/pruning/polynomialDecay.js";
import type { PolynomialDecayArgs } from "../../lib/pruning/polynomialDecay.js";
import type { PruningSchedule } from "../../lib/pruning/pruningSchedule.js";
import { golden } from "../golden/golden.js";

const toCamelCase = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function schedule(name: string, args: Record<string, number>): PruningSchedule {
  const camel = Object.fromEntries(Object.entries(args).map(([key, value]) => [toCamelCase(key), value])) as unknown;
  return name === "PolynomialDecay"
    ? polynomialDecay(camel as PolynomialDecayArgs)
    : constantSparsity(camel as ConstantSparsityArgs);
}

describe("schedules give what TFMOT 0.8.1 gives", () => {
  for (const expected of golden.schedules) {
    const name = `${expected.schedule} ${JSON.stringify(expected.args)}`;
    if (expected.error !== undefined) {
      it(`${name} is refused`, () => {
        assert.throws(() => schedule(expected.schedule, expected.args), RangeError);
      });
      continue;
    }
    it(name, () => {
      const found = schedule(expected.schedule, expected.args);
      expected.steps.forEach((step, i) => {
        assert.equal(Number(found.shouldPrune(step)), expected.prune[i], `whether step ${step} prunes`);
        const wanted = Math.fround(expected.sparsity[i]);
        assert.ok(Math.abs(found.sparsity(step) - wanted) <= 6e-8, `step ${step}: expected ${wanted}, found ${found.sparsity(step)}`);
      });
    });
  }
});

describe("masks are those of TFMOT 0.8.1", () => {
  for (const expected of golden.masks) {
    // Block and N:M patterns are not part of the library yet.
    if (expected.sparsity_m_by_n !== null || expected.block_size.some((size) => size !== 1)) continue;
    it(`${expected.weights} at ${expected.sparsity}`, () => {
      const weights = Float32Array.from(golden.mask_weights[expected.weights].data);
      assert.deepEqual([...magnitudeMask(weights, expected.sparsity, "tfmot")], expected.mask);
      const exact = magnitudeMask(weights, expected.sparsity, "exact");
      const hasTies = new Set(weights.map(Math.abs)).size < weights.length;
      if (!hasTies) assert.deepEqual([...exact], expected.mask, "without ties both behaviours agree");
    });
  }
});
