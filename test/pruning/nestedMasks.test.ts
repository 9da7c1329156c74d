import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { keptCount } from "../../lib/pruning/magnitudeMask.js";
import { masksOf } from "../../lib/pruning/masksOf.js";
import { polynomialDecay } from "../../lib/pruning/polynomialDecay.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { unstructuredMasks } from "../../lib/pruning/unstructuredMasks.js";
import type { WeightScores } from "../../lib/pruning/weightScores.js";
import { fit } from "../../lib/training/fit.js";

const count = (mask: ArrayLike<number>): number => Array.from(mask).reduce((a, b) => a + b, 0);

/** Whether a mask keeps only what another one keeps. */
const within = (sparse: Float32Array, dense: Float32Array): boolean => sparse.every((kept, i) => kept <= dense[i]);

// Few distinct scores, so that ties are the rule, in a layer and across layers.
const tensor = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 6 }))
  .chain(([inputs, units]) =>
    fc
      .array(fc.nat(4), { minLength: inputs * units, maxLength: inputs * units })
      .map((values) => ({ scores: Float32Array.from(values), shape: [inputs, units] })),
  );
const scored: fc.Arbitrary<WeightScores> = fc
  .array(tensor, { minLength: 1, maxLength: 3 })
  .map((tensors) => Object.fromEntries(tensors.map((each, i) => [`layer${i}`, each])));
const sparsity = fc.double({ min: 0, max: 0.99, noNaN: true });
const scopes = fc.constantFrom("layer" as const, "unit" as const, "global" as const);

describe("unstructuredMasks of tied scores", () => {
  it("keep of a sparser choice only what a denser one keeps, in every scope", () => {
    fc.assert(
      fc.property(scored, scopes, sparsity, sparsity, (scores, scope, a, b) => {
        const dense = unstructuredMasks(scores, { sparsity: Math.min(a, b), scope });
        const sparse = unstructuredMasks(scores, { sparsity: Math.max(a, b), scope });
        for (const name of Object.keys(scores)) assert.ok(within(sparse[name], dense[name]));
      }),
    );
  });

  it("keep exactly as many as asked for: of all layers together, or of each unit", () => {
    fc.assert(
      fc.property(scored, sparsity, (scores, share) => {
        const all = Object.values(scores).reduce((sum, layer) => sum + layer.scores.length, 0);
        const global = Object.values(unstructuredMasks(scores, { sparsity: share, scope: "global" }));
        assert.equal(global.reduce((sum, mask) => sum + count(mask), 0), keptCount(all, share));
        for (const [name, mask] of Object.entries(unstructuredMasks(scores, { sparsity: share, scope: "unit" }))) {
          const [inputs, units] = scores[name].shape;
          for (let unit = 0; unit < units; unit++) {
            assert.equal(count(mask.filter((_, i) => i % units === unit)), keptCount(inputs, share));
          }
        }
      }),
    );
  });

  it("keep of equal scores those that come first: layer after layer, or input after input of a unit", () => {
    const ones = (inputs: number, units: number): WeightScores[string] => ({
      scores: new Float32Array(inputs * units).fill(1), shape: [inputs, units],
    });
    const scores = { first: ones(3, 2), second: ones(2, 1) };
    const { first, second } = unstructuredMasks(scores, { sparsity: 0.5, scope: "global" });
    assert.deepEqual([[...first], [...second]], [[1, 1, 1, 1, 0, 0], [0, 0]]);
    assert.deepEqual([...unstructuredMasks(scores, { sparsity: 0.4, scope: "unit" }).first], [1, 1, 1, 1, 0, 0]);
  });
});

describe("masks through a schedule", () => {
  const x = { values: Float32Array.from({ length: 600 }, (_, i) => Math.sin(i * i)), shape: [60, 10] as [number, number] };
  const y = { values: Float32Array.from({ length: 180 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3)), shape: [60, 3] as [number, number] };

  it("only ever lose weights, however the others move, by either engine and in every pattern", async () => {
    const schedule = polynomialDecay({ initialSparsity: 0.1, finalSparsity: 0.8, beginStep: 2, endStep: 22, frequency: 3 });
    for (const engine of ["wasm", "tfjs"] as const) {
      for (const pattern of [{}, { scope: "global" }, { blockSize: [3, 2] }] as const) {
        const layers = [
          tf.layers.dense({ units: 8, inputShape: [10], activation: "relu", kernelInitializer: tf.initializers.heNormal({ seed: 1 }) }),
          tf.layers.dense({ units: 3, activation: "softmax", kernelInitializer: tf.initializers.heNormal({ seed: 2 }) }),
        ];
        const model = pruneLowMagnitude(tf.sequential({ layers }), { pruningSchedule: schedule, ...pattern });
        model.compile({ optimizer: tf.train.adam(0.05), loss: "categoricalCrossentropy" });
        const seen: number[] = [];
        let before = Object.values(masksOf(model));
        const onBatchEnd = (): void => {
          const masks = Object.values(masksOf(model));
          masks.forEach((mask, i) => assert.ok(within(mask, before[i]), `${engine}, ${JSON.stringify(pattern)}, step ${seen.length + 1}`));
          before = masks;
          seen.push(masks.reduce((sum, mask) => sum + count(mask), 0));
        };
        await fit(model, x, y, { epochs: 4, batchSize: 10, verbose: 0, engine, callbacks: { onBatchEnd } });
        assert.equal(seen.length, 24);
        assert.ok(new Set(seen).size > 5, "masks are renewed several times");
      }
    }
  });
});
