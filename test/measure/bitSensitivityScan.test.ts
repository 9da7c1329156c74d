import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { cloneModel } from "../../lib/layers/cloneModel.js";
import { bitSensitivityScan } from "../../lib/measure/bitSensitivityScan.js";
import { quantizedAffine } from "../../lib/quantizers/quantizedAffine.js";
import { quantizedBits } from "../../lib/quantizers/quantizedBits.js";
import { evaluate } from "../../lib/training/evaluate.js";

const x = { values: Float32Array.from({ length: 1200 }, (_, i) => Math.sin(i * i)), shape: [120, 10] as [number, number] };
const y = { values: Float32Array.from({ length: 360 }, (_, i) => Number(i % 3 === Math.floor(i / 7) % 3)), shape: [120, 3] as [number, number] };

function build(): tf.Sequential {
  const kernelInitializer = (seed: number): ReturnType<typeof tf.initializers.glorotNormal> => tf.initializers.glorotNormal({ seed });
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: 8, inputShape: [10], activation: "relu", name: "hidden", kernelInitializer: kernelInitializer(3) }),
      tf.layers.dense({ units: 3, activation: "softmax", name: "output", kernelInitializer: kernelInitializer(4) }),
    ],
  });
}

describe("bitSensitivityScan", () => {
  it("gives the accuracy with one kernel quantized and the others as they are", async () => {
    const model = build();
    const before = model.getWeights().map((weight) => [...weight.dataSync()]);
    const tensors = tf.memory().numTensors;
    const scan = await bitSensitivityScan(model, x, y, { bits: [8, 2], verbose: 0 });
    assert.equal(tf.memory().numTensors, tensors);
    assert.deepEqual(scan.map(({ layer, weights, bits }) => [layer, weights, bits]), [
      ["hidden", 80, 8],
      ["hidden", 80, 2],
      ["output", 24, 8],
      ["output", 24, 2],
    ]);
    for (const { layer, bits, accuracy } of scan) {
      const copy = cloneModel(model);
      const [kernel, bias] = copy.getLayer(layer).getWeights();
      const quantized = quantizedAffine({ bits, symmetric: true }).quantize(kernel.dataSync() as Float32Array, kernel.shape);
      copy.getLayer(layer).setWeights([tf.tensor(quantized, kernel.shape), bias]);
      copy.compile({ optimizer: "sgd", loss: "categoricalCrossentropy", metrics: ["accuracy"] });
      assert.equal(accuracy, (await evaluate(copy, x, y)).accuracy);
    }
    assert.ok(new Set(scan.map(({ accuracy }) => accuracy)).size > 1);
    assert.deepEqual(model.getWeights().map((weight) => [...weight.dataSync()]), before);
  });

  it("takes the quantizer it is given, and tells what it refuses", async () => {
    const model = build();
    // Everything becomes zero: all samples are of one class.
    const [point] = await bitSensitivityScan(model, x, y, { bits: [4], quantizer: (bits) => quantizedBits(bits, 30, { alpha: 1 }), verbose: 0 });
    const first = y.values.filter((value, i) => i % 3 === 0 && value === 1).length / 120;
    assert.equal(point.accuracy, first);
    const tensors = tf.memory().numTensors;
    await assert.rejects(bitSensitivityScan(model, x, y, { bits: [0], verbose: 0 }), { name: "RangeError" });
    assert.equal(tf.memory().numTensors, tensors);
  });
});
