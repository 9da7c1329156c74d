import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { ready } from "../../lib/backend.js";
import { createRandom } from "../../lib/data/random.js";
import type { Matrix } from "../../lib/data/matrix.js";
import { sparsityReport } from "../../lib/measure/sparsityReport.js";
import { pruneAndRetrain } from "../../lib/search/pruneAndRetrain.js";
import type { PruneAndRetrainArgs } from "../../lib/search/pruneAndRetrain.js";
import { pruningCriteria } from "../../lib/search/pruningCriteria.js";
import type { PruningCriterion, PruningCriterionName } from "../../lib/search/pruningCriteria.js";

before(() => ready());

const random = createRandom(5);
const draw = (rows: number, columns: number, next: () => number): Matrix => ({
  values: Float32Array.from({ length: rows * columns }, next),
  shape: [rows, columns],
});
const x = draw(100, 12, () => random.normal());
const y = { ...draw(100, 3, () => 0), values: Float32Array.from({ length: 300 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3)) };
const criteria = pruningCriteria({ calibration: x, seed: 3 });

function build(): tf.LayersModel {
  const initial = (seed: number): object => ({ kernelInitializer: tf.initializers.glorotNormal({ seed }) });
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: 20, activation: "relu", inputShape: [12], name: "a", ...initial(1) }),
      tf.layers.dense({ units: 10, activation: "relu", name: "b", ...initial(2) }),
      tf.layers.dense({ units: 3, activation: "softmax", name: "c", ...initial(3) }),
    ],
  });
}

const compile = (model: tf.LayersModel): void => {
  model.compile({ optimizer: tf.train.adam(1e-3), loss: "categoricalCrossentropy" });
};
const args = (more: Partial<PruneAndRetrainArgs>): PruneAndRetrainArgs => ({ compile, epochs: 1, batchSize: 10, verbose: 0, ...more });
const jobs = (model: tf.LayersModel, names: PruningCriterionName[], sparsity: number): Parameters<typeof pruneAndRetrain>[0] =>
  names.map((name) => ({ model, criterion: criteria[name], sparsity }));
const all = Object.keys(criteria) as PruningCriterionName[];
const total = (model: tf.LayersModel): { weights: number; sparsity: number } => sparsityReport(model).at(-1)!;

describe("pruneAndRetrain", () => {
  it("without epochs leaves single weights with the sparsity asked for, and whole units fewer", async () => {
    const model = build();
    const before = model.getWeights().map((weight) => [...weight.dataSync()]);
    const pruned = await pruneAndRetrain(jobs(model, all, 0.5), x, y, args({ epochs: 0, rounds: 3 }));
    for (const [i, name] of all.entries()) {
      const { weights, sparsity } = total(pruned[i]);
      if (["magnitude", "wanda", "random"].includes(name)) {
        assert.equal(weights, 470);
        // Layers, or with Wanda units, round each for itself.
        assert.ok(Math.abs(sparsity - 0.5) < 0.03, `${name}: ${sparsity}`);
      } else assert.deepEqual([weights, sparsity], [12 * 10 + 10 * 5 + 5 * 3, 0], name);
    }
    assert.deepEqual(model.getWeights().map((weight) => [...weight.dataSync()]), before, "the model given stays as it is");
  });

  it("makes as many steps in rounds as at once, whatever the rounds divide", async () => {
    for (const [rounds, epochs] of [[1, 2], [2, 2], [5, 1], [4, 10], [2, 5]]) {
      let steps = 0;
      const criterion: PruningCriterion = async (model, sparsity, original) => {
        steps += counted?.optimizer.iterations ?? 0;
        return criteria.magnitude(model, sparsity, original);
      };
      let counted: tf.LayersModel | undefined;
      const [pruned] = await pruneAndRetrain([{ model: build(), criterion, sparsity: 0.5 }], x, y, args({
        rounds, epochs,
        compile: (model) => {
          compile(model);
          counted = model;
        },
      }));
      assert.equal(steps + pruned.optimizer.iterations, 10 * epochs, `${epochs} epochs in ${rounds} rounds`);
    }
  });

  it("prunes by the cubic law, and what is pruned stays so", async () => {
    for (const name of ["magnitude", "wanda", "random"] as const) {
      const seen: number[] = [];
      const left: Set<number>[] = [];
      const criterion: PruningCriterion = async (model, sparsity, original) => {
        seen.push(sparsity);
        const pruned = await criteria[name](model, sparsity, original);
        const kernel = pruned.layers[0].getWeights()[0].dataSync();
        left.push(new Set([...kernel.keys()].filter((i) => kernel[i] !== 0)));
        return pruned;
      };
      await pruneAndRetrain([{ model: build(), criterion, sparsity: 0.8 }], x, y, args({ rounds: 4 }));
      assert.deepEqual(seen.map((sparsity) => sparsity.toFixed(6)), [0.4625, 0.7, 0.7875, 0.8].map((sparsity) => sparsity.toFixed(6)));
      for (let round = 1; round < 4; round++) for (const i of left[round]) assert.ok(left[round - 1].has(i), `${name}, round ${round}`);
    }
  });

  it("leaves no tensors but those of the models it returns and their optimizers", async () => {
    const model = build();
    const tensors = tf.memory().numTensors;
    for (const pruned of await pruneAndRetrain(jobs(model, all, 0.5), x, y, args({ rounds: 3 }))) {
      pruned.optimizer.dispose();
      pruned.dispose();
    }
    assert.equal(tf.memory().numTensors, tensors);
  });

  it("refuses what is out of range", async () => {
    const list = jobs(build(), ["magnitude"], 0.5);
    await assert.rejects(pruneAndRetrain(list, x, y, args({ rounds: 0 })), /RangeError: Expected rounds to be a whole number above 0 but found 0/);
    await assert.rejects(pruneAndRetrain(list, x, y, args({ epochs: -1 })), /RangeError: Expected epochs to be 0 or more but found -1/);
    await assert.rejects(pruneAndRetrain(jobs(build(), ["magnitude"], 1), x, y, args({})), /RangeError: sparsity must be in range/);
  });
});
