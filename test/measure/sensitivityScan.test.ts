import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { sensitivityScan } from "../../lib/measure/sensitivityScan.js";
import { customFromMask } from "../../lib/pruning/customFromMask.js";
import { magnitude } from "../../lib/pruning/magnitude.js";
import { unstructuredMasks } from "../../lib/pruning/unstructuredMasks.js";
import { evaluate } from "../../lib/training/evaluate.js";

const x = { values: Float32Array.from({ length: 1200 }, (_, i) => Math.sin(i * i)), shape: [120, 10] as [number, number] };
const y = { values: Float32Array.from({ length: 360 }, (_, i) => Number(i % 3 === Math.floor(i / 7) % 3)), shape: [120, 3] as [number, number] };

describe("sensitivityScan", () => {
  it("gives the accuracy with one layer pruned and the others as they are", async () => {
    const initializer = (seed: number): ReturnType<typeof tf.initializers.glorotNormal> => tf.initializers.glorotNormal({ seed });
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 8, inputShape: [10], activation: "relu", name: "hidden", kernelInitializer: initializer(3) }),
        tf.layers.dense({ units: 3, activation: "softmax", name: "output", kernelInitializer: initializer(4) }),
      ],
    });
    const before = model.getWeights().map((weight) => [...weight.dataSync()]);
    const sparsities = [0.3, 0.9];
    const tensors = tf.memory().numTensors;
    const scan = await sensitivityScan(model, x, y, { sparsities, verbose: 0 });
    assert.equal(tf.memory().numTensors, tensors);
    assert.deepEqual(scan.map(({ layer, weights, sparsity }) => [layer, weights, sparsity]), [
      ["hidden", 80, 0.3],
      ["hidden", 80, 0.9],
      ["output", 24, 0.3],
      ["output", 24, 0.9],
    ]);
    for (const { layer, sparsity, accuracy } of scan) {
      const pruned = customFromMask(model, unstructuredMasks(magnitude(model), { sparsity: { [layer]: sparsity } }));
      pruned.compile({ optimizer: "sgd", loss: "categoricalCrossentropy", metrics: ["accuracy"] });
      assert.equal(accuracy, (await evaluate(pruned, x, y)).accuracy);
    }
    assert.ok(new Set(scan.map(({ accuracy }) => accuracy)).size > 1);
    assert.deepEqual(model.getWeights().map((weight) => [...weight.dataSync()]), before);
  });

  it("leaves nothing behind where it fails", async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [10], activation: "softmax" })] });
    const tensors = tf.memory().numTensors;
    await assert.rejects(sensitivityScan(model, x, y, { sparsities: [0.5, 1], verbose: 0 }), { name: "RangeError", message: /but is 1/ });
    assert.equal(tf.memory().numTensors, tensors);
  });
});
