import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { blockMask } from "../../lib/pruning/blockMask.js";
import { constantSparsity } from "../../lib/pruning/constantSparsity.js";
import { keptCount } from "../../lib/pruning/magnitudeMask.js";
import { mByNMask } from "../../lib/pruning/mByNMask.js";
import { polynomialDecay } from "../../lib/pruning/polynomialDecay.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import type { PruneLowMagnitudeArgs } from "../../lib/pruning/pruneLowMagnitude.js";
import type { PruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitudeLayer.js";
import { stripPruning } from "../../lib/pruning/stripPruning.js";
import { fit } from "../../lib/training/fit.js";

// Few distinct magnitudes, so that ties are the rule.
const kernels = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([rows, columns]) =>
    fc
      .array(fc.integer({ min: -4, max: 4 }), { minLength: rows * columns, maxLength: rows * columns })
      .map((values) => ({ weights: Float32Array.from(values), shape: [rows, columns] })),
  );
const sizes = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }));
const sparsity = fc.double({ min: 0, max: 0.99, noNaN: true });

describe("blockMask", () => {
  it("keeps or prunes whole blocks, exactly as many as asked for, and of a sparser mask only what a denser one keeps", () => {
    fc.assert(
      fc.property(kernels, sizes, fc.constantFrom("AVG" as const, "MAX" as const), sparsity, sparsity, (kernel, blockSize, blockPoolingType, a, b) => {
        const { weights, shape: [rows, columns] } = kernel;
        const [height, width] = blockSize;
        const masks = [a, b].map((share) => blockMask(weights, [rows, columns], share, { blockSize, blockPoolingType }));
        const [blockRows, blockColumns] = [Math.ceil(rows / height), Math.ceil(columns / width)];
        masks.forEach((mask, i) => {
          const blocks = new Map<string, Set<number>>();
          mask.forEach((kept, at) => {
            const block = `${Math.floor(Math.floor(at / columns) / height)},${Math.floor((at % columns) / width)}`;
            blocks.set(block, (blocks.get(block) ?? new Set()).add(kept));
          });
          assert.equal(blocks.size, blockRows * blockColumns);
          assert.ok([...blocks.values()].every((kept) => kept.size === 1));
          assert.equal([...blocks.values()].filter((kept) => kept.has(1)).length, keptCount(blocks.size, [a, b][i]));
        });
        const [dense, sparse] = a <= b ? masks : [masks[1], masks[0]];
        assert.ok(sparse.every((kept, i) => kept <= dense[i]));
      }),
    );
  });

  it("refuses a kernel of a convolution", () => {
    assert.throws(() => blockMask(new Float32Array(8), [2, 2, 2], 0.5, { blockSize: [2, 1] }), {
      name: "TypeError",
      message: "Expected a kernel [inputs, units] for blocks but found the shape [2,2,2].",
    });
  });
});

describe("mByNMask", () => {
  it("keeps the n - m largest of every n inputs of a unit, of equal ones the first", () => {
    fc.assert(
      fc.property(kernels, fc.constantFrom<[number, number][]>([2, 4], [1, 4], [1, 2], [3, 4]), ({ weights, shape }, [m, n]) => {
        const [inputs, units] = shape;
        const mask = mByNMask(weights, shape, [m, n]);
        for (let unit = 0; unit < units; unit++) {
          for (let first = 0; first < inputs; first += n) {
            const group = Array.from({ length: Math.min(n, inputs - first) }, (_, i) => (first + i) * units + unit);
            const kept = group.filter((i) => mask[i] === 1);
            assert.equal(kept.length, Math.min(n - m, group.length));
            for (const i of kept) {
              for (const j of group.filter((other) => mask[other] === 0)) {
                const [a, b] = [Math.abs(weights[i]), Math.abs(weights[j])];
                assert.ok(a > b || (a === b && i < j));
              }
            }
          }
        }
      }),
    );
  });

  it("runs along the channels of a filter", () => {
    const weights = Float32Array.of(1, 8, 2, 7, 3, 6, 4, 5); // [1, 1, 4, 2]
    assert.deepEqual([...mByNMask(weights, [1, 1, 4, 2], [2, 4])], [0, 1, 0, 1, 1, 0, 1, 0]);
  });
});

const x = { values: Float32Array.from({ length: 600 }, (_, i) => Math.sin(i * i)), shape: [60, 10] as [number, number] };
const y = { values: Float32Array.from({ length: 180 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3)), shape: [60, 3] as [number, number] };

const build = (): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 8, inputShape: [10], activation: "relu", name: "hidden", kernelInitializer: tf.initializers.heNormal({ seed: 1 }) }),
      tf.layers.dense({ units: 3, activation: "softmax", name: "output", kernelInitializer: tf.initializers.heNormal({ seed: 2 }) }),
    ],
  });

/** The kernels after a training that the library's own kernels made; tfjs has to come to the same masks. */
async function train(args: PruneLowMagnitudeArgs): Promise<{ name: string; weights: Float32Array }[]> {
  const [trained, masks] = [new Map<string, tf.LayersModel>(), new Map<string, Float32Array[]>()];
  for (const engine of ["wasm", "tfjs"] as const) {
    const model = pruneLowMagnitude(build(), args);
    model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
    await fit(model, x, y, { epochs: 4, batchSize: 10, verbose: 0, engine });
    trained.set(engine, stripPruning(model));
    masks.set(engine, (model.layers as PruneLowMagnitude[]).map((layer) => Float32Array.from(layer.maskValues())));
  }
  assert.deepEqual(masks.get("wasm"), masks.get("tfjs"));
  const { layers } = trained.get("wasm") as tf.LayersModel;
  return layers.map(({ name, weights: [kernel] }) => ({ name, weights: kernel.read().dataSync() as Float32Array }));
}

const zeros = (values: Float32Array): number => values.filter((value) => value === 0).length;

describe("pruneLowMagnitude", () => {
  const steps = { beginStep: 0, endStep: 20, frequency: 4 };
  const pruningSchedule = polynomialDecay({ initialSparsity: 0, finalSparsity: 0.5, ...steps });

  it("with one threshold for all layers reaches the sparsity in total", async () => {
    const layers = await train({ pruningSchedule, scope: "global" });
    assert.equal(layers.reduce((sum, { weights }) => sum + zeros(weights), 0), 52);
    const kept = layers.flatMap(({ weights }) => [...weights].filter((weight) => weight !== 0).map(Math.abs));
    assert.equal(kept.length, 52);
    assert.notEqual(zeros(layers[0].weights), 40, "the layers are not pruned alike");
  });

  it("with m of n keeps the pattern through the training", async () => {
    const [hidden] = await train({ pruningSchedule: constantSparsity({ targetSparsity: 0.5, beginStep: 0 }), sparsityMByN: [2, 4] });
    for (let unit = 0; unit < 8; unit++) {
      for (const first of [0, 4]) {
        const group = [0, 1, 2, 3].map((i) => hidden.weights[(first + i) * 8 + unit]);
        assert.equal(group.filter((weight) => weight !== 0).length, 2);
      }
    }
  });

  it("in blocks zeroes whole blocks", async () => {
    const [hidden] = await train({ pruningSchedule, blockSize: [5, 2] });
    assert.equal(zeros(hidden.weights), 40);
    hidden.weights.forEach((weight, i) => {
      const [row, column] = [Math.floor(i / 8), i % 8];
      const first = Math.floor(row / 5) * 5 * 8 + Math.floor(column / 2) * 2;
      assert.equal(weight === 0, hidden.weights[first] === 0);
    });
  });

  it("stops at weights that are NaN when a mask is renewed, by either engine and in every pattern", async () => {
    for (const engine of ["wasm", "tfjs"] as const) {
      for (const pattern of [{}, { scope: "global" }, { blockSize: [2, 2] }, { sparsityMByN: [2, 4] }] as const) {
        const model = pruneLowMagnitude(build(), { pruningSchedule, ...pattern });
        tf.tidy(() => (model.weights[0].read() as tf.Variable).assign(tf.fill([10, 8], NaN)));
        model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
        await assert.rejects(fit(model, x, y, { verbose: 0, engine }), {
          name: "RangeError",
          message: "Expected numbers to choose a mask by but found NaN at position 0.",
        });
      }
    }
  });

  it("takes a schedule a layer, and prunes no other", async () => {
    const model = pruneLowMagnitude(build(), { pruningSchedule: { hidden: constantSparsity({ targetSparsity: 0.25, beginStep: 0 }) } });
    assert.deepEqual(model.layers.map((layer) => layer.name), ["prune_low_magnitude_hidden", "output"]);
    model.compile({ optimizer: "adam", loss: "categoricalCrossentropy" });
    await fit(model, x, y, { epochs: 1, batchSize: 10, verbose: 0 });
    assert.equal(zeros(stripPruning(model).layers[0].weights[0].read().dataSync() as Float32Array), 20);
    assert.throws(() => pruneLowMagnitude(build(), { pruningSchedule: { nobody: pruningSchedule } }), {
      name: "RangeError",
      message: 'Expected the name of a layer with a kernel, one of hidden, output, but found "nobody".',
    });
  });

  it("refuses patterns that make no sense, and says what was found", () => {
    const refused: [PruneLowMagnitudeArgs, string][] = [
      [{ blockSize: [0, 1] }, "Expected blockSize to be two whole numbers above 0 but found [0,1]."],
      [{ sparsityMByN: [4, 4] }, "Expected sparsityMByN to be two whole numbers, the first smaller, but found [4,4]."],
      [{ blockSize: [4, 1], sparsityMByN: [2, 4] }, "Expected blockSize or sparsityMByN but found both."],
      [{ scope: "global", blockSize: [4, 1] }, "Expected single weights for the scope global but found blocks or sparsityMByN."],
      [{ blockPoolingType: "MIN" as "MAX" }, "Expected blockPoolingType to be AVG or MAX but found MIN."],
    ];
    for (const [args, message] of refused) assert.throws(() => pruneLowMagnitude(build(), args), { name: "RangeError", message });
  });
});
