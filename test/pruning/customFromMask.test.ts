import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { budgetFromScan } from "../../lib/pruning/budgetFromScan.js";
import { customFromMask } from "../../lib/pruning/customFromMask.js";
import { erk } from "../../lib/pruning/erk.js";
import { magnitude } from "../../lib/pruning/magnitude.js";
import { keptCount } from "../../lib/pruning/magnitudeMask.js";
import { masksOf } from "../../lib/pruning/masksOf.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { randomUnstructured } from "../../lib/pruning/randomUnstructured.js";
import { stripPruning } from "../../lib/pruning/stripPruning.js";
import { unstructuredMasks } from "../../lib/pruning/unstructuredMasks.js";
import { wanda } from "../../lib/pruning/wanda.js";
import { fit } from "../../lib/training/fit.js";

const { dense } = tf.layers;
const glorot = (seed: number): ReturnType<typeof tf.initializers.glorotNormal> => tf.initializers.glorotNormal({ seed });
const build = (): tf.Sequential =>
  tf.sequential({
    layers: [
      dense({ units: 8, inputShape: [10], activation: "tanh", name: "hidden", kernelInitializer: glorot(1) }),
      dense({ units: 3, activation: "softmax", name: "output", kernelInitializer: glorot(2) }),
    ],
  });
const kernelsOf = (model: tf.LayersModel): number[][] => model.layers.map((layer) => [...layer.weights[0].read().dataSync()]);
const zeros = (values: ArrayLike<number>): number => Array.from(values).filter((value) => value === 0).length;

const x = { values: Float32Array.from({ length: 600 }, (_, i) => Math.sin(i * i)), shape: [60, 10] as [number, number] };
const y = { values: Float32Array.from({ length: 180 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3)), shape: [60, 3] as [number, number] };

describe("customFromMask", () => {
  it("keeps what is masked at zero through a training by either engine, and lets the rest move", async () => {
    const model = build();
    const before = kernelsOf(model);
    for (const engine of ["wasm", "tfjs"] as const) {
      const masks = unstructuredMasks(magnitude(model), { sparsity: { hidden: 0.5 } });
      const pruned = customFromMask(model, masks);
      pruned.compile({ optimizer: tf.train.adam(0.01), loss: "categoricalCrossentropy" });
      await fit(pruned, x, y, { epochs: 3, batchSize: 10, verbose: 0, engine });
      const after = kernelsOf(stripPruning(pruned));
      Object.values(masks).forEach((mask, layer) =>
        mask.forEach((kept, i) => {
          assert.equal(after[layer][i] === 0, kept === 0);
          assert.notEqual(after[layer][i], before[layer][i], `${engine}, weight ${i} of layer ${layer}, ${kept}`);
        }),
      );
      assert.deepEqual(masksOf(pruned).hidden, masks.hidden);
      assert.deepEqual(masksOf(stripPruning(pruned)), { ...masks, output: new Float32Array(24).fill(1) });
    }
    assert.deepEqual(kernelsOf(model), before, "the model stays as it is");
  });

  it("rewinds: the masks of one model on the weights of another", () => {
    const [initial, trained] = [build(), build()];
    trained.layers[0].setWeights([tf.ones([10, 8]), tf.zeros([8])]);
    const masks = { hidden: Float32Array.from({ length: 80 }, (_, i) => i % 2) };
    const ticket = customFromMask(initial, { hidden: masksOf(customFromMask(trained, masks)).hidden });
    const [wanted, found] = [kernelsOf(initial)[0], kernelsOf(stripPruning(ticket))[0]];
    assert.deepEqual(found.filter((_, i) => i % 2 === 1), wanted.filter((_, i) => i % 2 === 1));
    assert.equal(zeros(found), 40);
  });

  it("refuses masks of another size, with other numbers, or for no layer", () => {
    const refuse = (masks: Record<string, Float32Array>, name: string, message: string): void =>
      assert.throws(() => customFromMask(build(), masks), { name, message });
    refuse({ hidden: new Float32Array(3) }, "TypeError", "Expected 80 numbers in the mask of hidden but found 3.");
    refuse({ hidden: new Float32Array(80).fill(0.5) }, "TypeError", "Expected 0 and 1 in the mask of hidden but found 0.5.");
    const names = 'Expected the name of a layer with a kernel, one of hidden, output, but found "x".';
    refuse({ x: new Float32Array(3) }, "RangeError", names);
  });

  it("refuses layers that are being pruned already, as pruneLowMagnitude does, and says how to go on", () => {
    const pruned = pruneLowMagnitude(build());
    const error = { name: "TypeError", message: "Expected a plain layer but found prune_low_magnitude_hidden: call stripPruning first." };
    assert.throws(() => customFromMask(pruned, masksOf(pruned)), error);
    assert.throws(() => pruneLowMagnitude(pruned), error);
    assert.throws(() => pruneLowMagnitude(pruned, { layers: ["hidden"] }), error);
    const rest = pruneLowMagnitude(pruneLowMagnitude(build(), { layers: ["hidden"] }));
    assert.deepEqual(rest.layers.map(({ name }) => name), ["prune_low_magnitude_hidden", "prune_low_magnitude_output"]);
  });
});

describe("unstructuredMasks", () => {
  const share = fc.double({ min: 0, max: 0.98, noNaN: true });

  it("are exactly as sparse as asked for, of a layer, a unit, or all", () => {
    const model = build();
    fc.assert(
      fc.property(share, fc.nat(1000), (sparsity, seed) => {
        const scores = randomUnstructured(model, seed);
        const kept = (mask: ArrayLike<number>): number => mask.length - zeros(mask);
        const byLayer = unstructuredMasks(scores, { sparsity });
        assert.deepEqual(Object.values(byLayer).map(kept), [keptCount(80, sparsity), keptCount(24, sparsity)]);
        const { hidden } = unstructuredMasks(scores, { sparsity, scope: "unit" });
        for (let unit = 0; unit < 8; unit++) assert.equal(kept(hidden.filter((_, i) => i % 8 === unit)), keptCount(10, sparsity));
        const all = Object.values(unstructuredMasks(scores, { sparsity, scope: "global" }));
        assert.equal(all.reduce((sum, mask) => sum + kept(mask), 0), keptCount(104, sparsity));
      }),
    );
  });

  it("of a global threshold keep no weight that is smaller than one they prune in another layer", () => {
    const scores = magnitude(build());
    const masks = unstructuredMasks(scores, { sparsity: 0.7, scope: "global" });
    const of = (wanted: number): number[] =>
      Object.entries(masks).flatMap(([name, mask]) => [...scores[name].scores].filter((_, i) => mask[i] === wanted));
    assert.ok(Math.min(...of(1)) >= Math.max(...of(0)));
  });

  it("follow a budget a layer, and leave out whom it does not name", () => {
    const masks = unstructuredMasks(magnitude(build()), { sparsity: { output: 0.5 } });
    assert.deepEqual(Object.entries(masks).map(([name, mask]) => [name, zeros(mask)]), [["output", 12]]);
    const refuse = (sparsity: number | Record<string, number>, scope: "layer" | "global", error: object): void =>
      assert.throws(() => unstructuredMasks(magnitude(build()), { sparsity, scope }), error);
    refuse(1, "layer", { name: "RangeError", message: "sparsity of hidden must be in range [0, 1) but is 1." });
    refuse({ output: 0.5 }, "global", { message: "Expected one sparsity for the scope global but found one a layer." });
    refuse({ nobody: 0.5 }, "layer", { name: "TypeError", message: "Expected scores of nobody but found those of hidden, output." });
  });
});

describe("wanda", () => {
  it("scores |w| times the norm of the input", () => {
    const model = build();
    const norms = { hidden: Float32Array.from({ length: 10 }, (_, i) => i), output: new Float32Array(8).fill(2) };
    const { hidden, output } = wanda(model, norms);
    const [first, last] = kernelsOf(model);
    hidden.scores.forEach((score, i) => assert.equal(score, Math.fround(Math.abs(first[i]) * Math.floor(i / 8))));
    output.scores.forEach((score, i) => assert.equal(score, Math.abs(last[i]) * 2));
  });

  it("takes one norm a channel of a convolution", () => {
    const model = tf.sequential({ layers: [tf.layers.conv2d({ filters: 2, kernelSize: 2, inputShape: [4, 4, 3], name: "conv" })] });
    const [kernel] = kernelsOf(model); // [2, 2, 3, 2]
    const { conv } = wanda(model, { conv: [1, 10, 100] });
    conv.scores.forEach((score, i) => assert.equal(score, Math.fround(Math.abs(kernel[i]) * 10 ** (Math.floor(i / 2) % 3))));
    assert.throws(() => wanda(model, { conv: [1] }), { message: "Expected 3 norms of the inputs of conv but found 1." });
    assert.throws(() => wanda(model, {}), { message: "Expected 3 norms of the inputs of conv but found none." });
  });
});

describe("erk", () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 5 });

  it("has the sparsity asked for in total, keeps in proportion to the sum of sizes over their product, and never more than all", () => {
    fc.assert(
      fc.property(shapes, fc.double({ min: 0, max: 0.99, noNaN: true }), ([inputs, ...units], sparsity) => {
        const model = tf.sequential({ layers: units.map((n, i) => dense({ units: n, name: `d${i}`, ...(i === 0 && { inputShape: [inputs] }) })) });
        const budget = erk(model, sparsity);
        const pairs = units.map((n, i) => [[inputs, ...units][i], n]);
        const total = pairs.reduce((sum, [a, b]) => sum + a * b, 0);
        const pruned = pairs.reduce((sum, [a, b], i) => sum + a * b * budget[`d${i}`], 0);
        assert.ok(Math.abs(pruned / total - sparsity) < 1e-9);
        const scales = pairs.flatMap(([a, b], i) => (budget[`d${i}`] > 0 ? [((1 - budget[`d${i}`]) * a * b) / (a + b)] : []));
        assert.ok(scales.every((scale) => Math.abs(scale / scales[0] - 1) < 1e-6));
        pairs.forEach(([a, b], i) => {
          assert.ok(budget[`d${i}`] >= 0 && budget[`d${i}`] < 1);
          if (budget[`d${i}`] === 0 && scales.length > 0) assert.ok(((a + b) / (a * b)) * scales[0] >= 1 - 1e-9);
        });
        model.dispose();
      }),
      { numRuns: 60 },
    );
  });
});

describe("budgetFromScan", () => {
  const scan = [
    { layer: "a", weights: 900, sparsity: 0.5, accuracy: 0.9 },
    { layer: "a", weights: 900, sparsity: 0.9, accuracy: 0.88 },
    { layer: "b", weights: 100, sparsity: 0.5, accuracy: 0.85 },
    { layer: "b", weights: 100, sparsity: 0.9, accuracy: 0.5 },
  ];

  it("prunes each layer as far as the same loss of accuracy allows", () => {
    assert.deepEqual(budgetFromScan(scan, 0.4, 0.9), { a: 0.5, b: 0 });
    assert.deepEqual(budgetFromScan(scan, 0.6, 0.9), { a: 0.9, b: 0 });
    assert.deepEqual(budgetFromScan(scan, 0.82, 0.9), { a: 0.9, b: 0.5 });
    assert.deepEqual(budgetFromScan(scan, 0.9, 0.9), { a: 0.9, b: 0.9 });
  });

  it("says how far a scan reaches", () => {
    assert.throws(() => budgetFromScan(scan, 0.95, 0.9), {
      name: "RangeError",
      message: "Expected a scan that reaches a sparsity of 0.95 but found 0.9 with all layers at their highest.",
    });
  });

  it("refuses a scan without points, and accuracies that are NaN", () => {
    const refuse = (points: typeof scan, baseline: number, message: string): void =>
      assert.throws(() => budgetFromScan(points, 0.5, baseline), { name: "RangeError", message });
    refuse([], 0.9, "Expected at least one point of a scan but found none.");
    refuse(scan, NaN, "Expected a number as baseline but found NaN.");
    const message = "Expected accuracies in the scan but found NaN for a at a sparsity of 0.5.";
    refuse([{ ...scan[0], accuracy: NaN }, ...scan], 0.9, message);
  });
});
