import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { constantSparsity } from "../../lib/pruning/constantSparsity.js";
import type { ConstantSparsityArgs } from "../../lib/pruning/constantSparsity.js";
import { dueMasks } from "../../lib/pruning/dueMasks.js";
import type { PruningBehaviour } from "../../lib/pruning/magnitudeMask.js";
import { polynomialDecay } from "../../lib/pruning/polynomialDecay.js";
import type { PolynomialDecayArgs } from "../../lib/pruning/polynomialDecay.js";
import { pruningPattern } from "../../lib/pruning/pruningPattern.js";
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
    const { sparsity, block_size: blockSize, block_pooling_type: blockPoolingType, sparsity_m_by_n: sparsityMByN } = expected;
    const { shape, data } = golden.mask_weights[expected.weights];
    const weights = Float32Array.from(data);
    const divides = blockSize.every((size, axis) => size === 1 || shape[axis] % size === 0);
    const hasTies = new Set(weights.map(Math.abs)).size < weights.length;
    const pattern = pruningPattern({ blockSize, blockPoolingType, sparsityMByN });
    const maskOf = (behaviour: PruningBehaviour): number[] => {
      const schedule = constantSparsity({ targetSparsity: sparsity, beginStep: 0, frequency: 1 });
      const tensor = { shape, schedule, behaviour, pattern, values: () => weights, maskValues: () => weights.map(() => 1) };
      return [...(dueMasks([tensor], 1).get(tensor) as Float32Array)];
    };
    const what = sparsityMByN ? `${sparsityMByN.join(":")}` : `${sparsity} in blocks of ${blockSize.join("x")}, ${blockPoolingType}`;
    it(`${expected.weights} at ${what}`, () => {
      assert.deepEqual(maskOf("tfmot"), expected.mask);
      if (!hasTies && divides) assert.deepEqual(maskOf("exact"), expected.mask, "without ties and cut blocks both behaviours agree");
    });
  }
});
