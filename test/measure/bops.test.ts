import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { learnedStepActivation } from "../../lib/layers/learnedActivation.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { bops } from "../../lib/measure/bops.js";
import { qEnergy } from "../../lib/measure/qEnergy.js";
import { codebook } from "../../lib/quantizers/codebook.js";
import { denseNet } from "./denseNet.js";

/** Sets every kernel to 0.5, but for so large a share of zeros; the shares must fit the sizes. */
function fill(model: tf.LayersModel, zeros: number): void {
  for (const layer of model.layers) {
    if (layer.weights.length < 2) continue;
    const [kernel, bias] = layer.getWeights();
    const values = Float32Array.from({ length: kernel.size }, (_, i) => (i < Math.round(zeros * kernel.size) ? 0 : 0.5));
    layer.setWeights([tf.tensor(values, kernel.shape), bias]);
  }
}

describe("bops gives the numbers of Hawks et al. 2021 for 16-64-32-32-5", () => {
  const sizes = [64, 32, 32, 5];

  it("32 bits", () => {
    const model = denseNet({ inputs: 16, sizes, kernelQuantizer: null, biasQuantizer: null, activation: "relu" });
    assert.equal(bops(model, { sourceQuantizer: "fp32" }).at(-1)!.bops, 4_652_832);
  });

  it("6 bits, 80 % pruned", () => {
    const quantizer = "quantized_bits(6,0,alpha=1)";
    const model = denseNet({ inputs: 16, sizes, kernelQuantizer: quantizer, biasQuantizer: quantizer, activation: "quantized_relu(6,0)" });
    fill(model, 0.8);
    const rows = bops(model, { sourceQuantizer: "quantized_bits(6,0)" });
    // 819 of 1024 weights are the nearest to 80 %: a weight is 36 of 104,019 bit operations.
    assert.ok(Math.abs(rows.at(-1)!.bops - 104_019) < 36, String(rows.at(-1)!.bops));
    assert.ok(Math.abs(rows.at(-1)!.sparsity - 0.8) < 1e-3);
  });
});

describe("bops", () => {
  it("takes zeros after quantizing, and the bits before each layer", () => {
    const model = tf.sequential({
      layers: [
        qDense({ units: 2, inputShape: [2], name: "a", kernelQuantizer: "quantized_bits(4,0,alpha=1)" }),
        qActivation({ activation: "quantized_relu(3,1)" }),
        tf.layers.dense({ units: 4, name: "b" }),
        learnedStepActivation({ bits: 5 }),
        qDense({ units: 1, name: "c", kernelQuantizer: "binary(alpha=1)" }),
      ],
    });
    const ones = (shape: number[]): tf.Tensor => tf.ones(shape);
    // 0.03 is less than half of the last bit, 1/8.
    const kernel = tf.tensor2d([0, 0.03, 1, -1], [2, 2]);
    model.setWeights([kernel, ones([2]), ones([2, 4]), ones([4]), ones([]), ones([4, 1]), ones([1])]);
    assert.deepEqual(bops(model), [
      { layer: "a", macs: 4, weightBits: 4, activationBits: 8, sparsity: 0.5, bops: 4 * (16 + 12 + 1) },
      { layer: "b", macs: 8, weightBits: 32, activationBits: 3, sparsity: 0, bops: 8 * (96 + 35 + 1) },
      { layer: "c", macs: 4, weightBits: 1, activationBits: 5, sparsity: 0, bops: 4 * (5 + 6 + 2) },
      { layer: "total", macs: 16, weightBits: null, activationBits: null, sparsity: 0.125, bops: 116 + 1056 + 52 },
    ]);
  });

  it("refuses weights that share a list of values, as qEnergy does", () => {
    const model = tf.sequential({ layers: [qDense({ units: 2, inputShape: [3], kernelQuantizer: codebook({ centroids: [-0.5, 0.1] }) })] });
    const error = { name: "TypeError", message: /^Expected a format that QTools knows .* but found codebook/ };
    assert.throws(() => bops(model), error);
    assert.throws(() => qEnergy(model), error);
  });

  it("counts a convolution at each place", () => {
    const model = tf.sequential({ layers: [tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [5, 5, 1] })] });
    const [row] = bops(model, { sourceQuantizer: "fp32" });
    assert.equal(row.macs, 9 * 9 * 2);
    assert.equal(row.bops, 162 * (1024 + 64 + Math.log2(9)));
  });
});
