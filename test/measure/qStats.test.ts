import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { learnedStepActivation, pactActivation } from "../../lib/layers/learnedActivation.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { formatQStats } from "../../lib/measure/printQStats.js";
import { qStats } from "../../lib/measure/qStats.js";
import { sparsityReport } from "../../lib/measure/sparsityReport.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { codebook } from "../../lib/quantizers/codebook.js";
import { quantizedAffine } from "../../lib/quantizers/quantizedAffine.js";
import { golden } from "../golden/golden.js";
import { qtools } from "../golden/qtools.js";
import { denseNet, fillWeights } from "./denseNet.js";

describe("printQStats prints what QKeras 0.9.0 prints", () => {
  for (const expected of golden.qstats) {
    it(expected.name, () => {
      const names = ["fc1", "fc2", "fc3", "output"];
      const quantizers = { kernelQuantizer: expected.kernel_quantizer, biasQuantizer: expected.bias_quantizer };
      const model = tf.sequential();
      expected.sizes.forEach((units, i) => {
        model.add(qDense({ units, name: names[i], ...quantizers, ...(i === 0 && { inputShape: [expected.n_in] }) }));
        if (i < expected.sizes.length - 1) model.add(qActivation({ activation: expected.activation }));
      });
      model.setWeights(expected.weights.map(({ shape, data }) => tf.tensor(data, shape)));
      assert.equal(formatQStats(model), expected.print_qstats);
    });
  }
});

describe("qStats", () => {
  for (const net of qtools) {
    if (net.kernelQuantizer === null) continue;
    it(`names multiplications as QKeras does: ${net.name}`, () => {
      const rows = qStats(denseNet(net));
      assert.deepEqual(Object.fromEntries(rows.map(({ layer, operationType }) => [layer, operationType])), net.operations);
    });
  }

  it("prints the studentQ_MLP of the lecture as QKeras does", () => {
    const net = qtools.find(({ printed }) => printed)!;
    const model = denseNet(net);
    fillWeights(model);
    assert.equal(formatQStats(model), net.printed);
  });

  it("leaves layers in float32 out", () => {
    const net = qtools.find(({ kernelQuantizer }) => kernelQuantizer === null)!;
    assert.deepEqual(qStats(denseNet(net)), []);
    assert.match(formatQStats(denseNet(net)), /^No layer of \w+ is quantized: there is nothing to count\.$/);
  });

  it("takes weights that share a list of values for the floats that they are", () => {
    const kernelQuantizer = codebook({ centroids: [-0.5, 0.1, 0.7] });
    const [{ operationType, weightBits }] = qStats(tf.sequential({ layers: [qDense({ units: 3, inputShape: [4], kernelQuantizer })] }));
    assert.deepEqual([operationType, weightBits], ["sfmult_2_8", 2]);
  });

  it("knows the bits of LSQ, PACT and affine numbers", () => {
    const kernelQuantizer = quantizedAffine({ bits: 6, symmetric: true });
    const model = tf.sequential({
      layers: [
        qDense({ units: 3, inputShape: [4], kernelQuantizer }), learnedStepActivation({ bits: 5, signed: true }),
        qDense({ units: 3, kernelQuantizer: "quantized_relu(4,1)" }), pactActivation({ bits: 3 }),
        qDense({ units: 2, kernelQuantizer: "quantized_relu(4,1)", biasQuantizer: quantizedAffine({ bits: 16, symmetric: true }) }),
      ],
    });
    const rows = qStats(model);
    assert.deepEqual(rows.map(({ operationType }) => operationType), ["smult_6_8", "smult_4_5", "umult_4_3"]);
    assert.deepEqual(rows.map(({ biasBits }) => biasBits), [32, 32, 16]);
  });
});

describe("sparsityReport", () => {
  it("counts kernels alone, before and after quantizing", () => {
    const model = tf.sequential({
      layers: [
        qDense({ units: 2, inputShape: [2], name: "a", kernelQuantizer: "quantized_bits(8,3,alpha=1)" }),
        tf.layers.dense({ units: 1, name: "b" }),
      ],
    });
    // 0.03 is less than half of the last bit, 1/16.
    model.setWeights([tf.tensor2d([0, 0.03, 1, -1], [2, 2]), tf.zeros([2]), tf.tensor2d([0.03, 2], [2, 1]), tf.zeros([1])]);
    assert.deepEqual(sparsityReport(model), [
      { layer: "a", weights: 4, sparsity: 0.25, quantizedSparsity: 0.5 },
      { layer: "b", weights: 2, sparsity: 0, quantizedSparsity: 0 },
      { layer: "total", weights: 6, sparsity: 1 / 6, quantizedSparsity: 2 / 6 },
    ]);
  });

  it("looks into models inside of the model, pruned or not", () => {
    const inner = tf.sequential({
      layers: [tf.layers.dense({ units: 4, inputShape: [6], name: "a" }), tf.layers.dense({ units: 5, name: "b" })],
    });
    const output = tf.layers.dense({ units: 2, name: "c", kernelInitializer: "zeros" });
    for (const first of [inner, pruneLowMagnitude(inner)]) {
      const rows = sparsityReport(tf.sequential({ layers: [first, output] }));
      assert.deepEqual(rows.map(({ layer, weights }) => [layer, weights]), [["a", 24], ["b", 20], ["c", 10], ["total", 54]]);
      assert.equal(rows[3].sparsity, 10 / 54);
    }
  });
});
