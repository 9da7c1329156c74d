import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { ready } from "../../lib/backend.js";
import { createRandom } from "../../lib/data/random.js";
import { learnedStepActivation, pactActivation } from "../../lib/layers/learnedActivation.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { diagnose } from "../../lib/measure/diagnose.js";
import { bestInteger } from "../../lib/measure/diagnosis/bestInteger.js";
import { integerBitsFor } from "../../lib/measure/diagnosis/integerBitsFor.js";
import { getQuantizer } from "../../lib/quantizers/getQuantizer.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";

before(ready);

/** Evenly spread numbers from low to high. */
function spread(length: number, low: number, high: number, seed = 1): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => random.uniform(low, high));
}
const x = tf.tensor2d(spread(200 * 8, 0, 1), [200, 8]);

/** What of the healthy net is replaced. */
interface Changes {
  kernel?: string;
  activation?: string;
  /** Factor on the first kernel. */
  size?: number;
  bias?: number;
  hidden?: tf.layers.Layer;
}

/** A net of 8-16-4 in which every format suits its numbers, but for the changes. */
function net({ kernel = "quantized_bits(8,0,alpha=1)", activation = "quantized_relu(8,2)", size = 0.9, bias = 0.25, hidden }: Changes = {}): tf.Sequential {
  const biasQuantizer = "quantized_bits(8,0,alpha=1)";
  const model = tf.sequential({
    layers: [
      qActivation({ activation: "quantized_bits(8,0)", inputShape: [8], name: "input" }),
      qDense({ units: 16, name: "fc1", kernelQuantizer: kernel, biasQuantizer }),
      hidden ?? qActivation({ activation, name: "relu1" }),
      qDense({ units: 4, name: "output", kernelQuantizer: "quantized_bits(8,0,alpha=1)", biasQuantizer }),
    ],
  });
  model.getLayer("fc1").setWeights([tf.tensor2d(spread(128, -size, size, 2), [8, 16]), tf.fill([16], bias)]);
  model.getLayer("output").setWeights([tf.tensor2d(spread(64, -0.9, 0.9, 3), [16, 4]), tf.tensor1d([0.1, -0.2, 0.3, 0.5])]);
  return model;
}

/** Asserts that a model has one thing wrong, and what is said about it. */
async function assertOnly(model: tf.LayersModel, layer: string, kind: string, message: RegExp): Promise<void> {
  const { findings } = await diagnose(model, x);
  assert.deepEqual(findings.map((finding) => [finding.layer, finding.kind]), [[layer, kind]], findings.map((finding) => finding.message).join("\n"));
  assert.match(findings[0].message, message);
}

describe("diagnose", () => {
  it("finds nothing wrong with a healthy model, plain or being pruned", async () => {
    const model = net();
    assert.deepEqual((await diagnose(model, x)).findings, []);
    assert.deepEqual((await diagnose(pruneLowMagnitude(model), x)).findings, []);
  });

  it("finds activations beyond the range, and says how many integer bits they need", async () => {
    await assertOnly(
      net({ activation: "quantized_relu(8,-3)" }), "relu1", "saturated",
      /^\d+ % of the activations lie beyond the range of quantized_relu\(8,-3\), whose largest value is 0\.125\. Take 2 integer bits: quantized_relu\(8,2\)\.$/,
    );
  });

  it("does not mind clipping where the format is nearest to the numbers with it", async () => {
    const model = net({ kernel: "quantized_bits(2,0,alpha=1)" });
    const [kernel, bias] = model.getLayer("fc1").getWeights();
    const outliers = kernel.dataSync().map((value, i) => (i % 32 === 0 ? 2 : 0.9 * value));
    model.getLayer("fc1").setWeights([tf.tensor(outliers, kernel.shape), bias]);
    const { rows, findings } = await diagnose(model, x);
    assert.ok(rows.find(({ layer, tensor }) => layer === "fc1" && tensor === "kernel")!.clipped! > 0.03);
    assert.deepEqual(findings.filter(({ layer }) => layer === "fc1"), []);
  });

  it("finds weights beyond the range", async () => {
    await assertOnly(
      net({ kernel: "quantized_bits(8,-2,alpha=1)" }), "fc1", "saturated",
      /^\d+ % of the weights lie beyond the range of quantized_bits\(8,-2,0,alpha=1\), whose largest value is 0\.248\. Take 0 integer bits: quantized_bits\(8,0,0,alpha=1\)\.$/,
    );
  });

  it("finds weights that training holds at the ends of the range", async () => {
    const model = net({ kernel: "quantized_bits(8,1,alpha=1)", size: 1.9, activation: "quantized_relu(8,3)" });
    const [kernel, bias] = model.getLayer("fc1").getWeights();
    const held = kernel.dataSync().map((value, i) => (i % 4 === 0 ? 2 * Math.sign(value) : value));
    model.getLayer("fc1").setWeights([tf.tensor(held, kernel.shape), bias]);
    await assertOnly(
      model, "fc1", "saturated",
      /^2\d % of the weights stick at the ends of the range of quantized_bits\(8,1,0,alpha=1\)\. Take 2 integer bits: quantized_bits\(8,2,0,alpha=1\)\.$/,
    );
  });

  it("finds integer bits that are never used, and counts the levels that are", async () => {
    const model = net({ kernel: "quantized_bits(8,4,alpha=1)" });
    await assertOnly(
      model, "fc1", "unusedLevels",
      /^The weights use 15 of the 256 levels of quantized_bits\(8,4,0,alpha=1\): none goes beyond 0\.\d+, so 4 of its 4 integer bits are never used\. Take 0 integer bits, for steps 16 times finer: quantized_bits\(8,0,0,alpha=1\)\.$/,
    );
    const { rows } = await diagnose(model, x);
    const row = rows.find(({ layer, tensor }) => layer === "fc1" && tensor === "kernel")!;
    const values = model.getLayer("fc1").getWeights()[0].dataSync();
    assert.equal(row.levelsUsed, new Set(values.map((value) => Math.round(value * 8))).size);
    assert.deepEqual([row.levels, row.integer, row.integerNeeded, row.clipped], [256, 4, 0, 0]);
  });

  it("does not mind unused integer bits where the steps are fine all the same", async () => {
    assert.deepEqual((await diagnose(net({ activation: "quantized_relu(16,6)" }), x)).findings, []);
  });

  it("finds weights that round to 0", async () => {
    await assertOnly(
      net({ size: 0.02, kernel: "quantized_bits(4,0,alpha=1)" }), "fc1", "roundedToZero",
      /^100\.0 % of the weights that are not 0 round to 0 in quantized_bits\(4,0,0,alpha=1\), whose step is 0\.125\. Take more bits/,
    );
  });

  it("finds weights that are all 0, or all one value", async () => {
    await assertOnly(net({ size: 0 }), "fc1", "stuck", /^All weights are 0, so the layer gives nothing but its bias\. Train again/);
    await assertOnly(net({ kernel: "binary(alpha=0.5)", size: 0 }), "fc1", "stuck", /^All weights have one and the same value in binary\(alpha=0\.5\)\. /);
  });

  it("finds an activation that is meant as a ReLU and is none", async () => {
    await assertOnly(
      net({ activation: "quantized_bits(8,2)" }), "relu1", "linearRelu",
      /^quantized_bits\(8,2,0\) keeps negative numbers \(\d+ % of the outputs\): .* Use quantized_relu\(8,2\)\.$/,
    );
    await assertOnly(net({ hidden: learnedStepActivation({ bits: 6, signed: true, name: "relu1" }) }), "relu1", "linearRelu", /Use pactActivation/);
  });

  it("names one cure for such an activation, with the integer bits that the numbers need", async () => {
    await assertOnly(net({ activation: "quantized_bits(6,5)" }), "relu1", "linearRelu", /Use quantized_relu\(6,2\)\.$/);
    await assertOnly(net({ activation: "quantized_bits(8,-3)" }), "relu1", "linearRelu", /Use quantized_relu\(8,[12]\)\.$/);
  });

  it("takes quantized_bits behind a ReLU, and curves, for what they are", async () => {
    const model = net({ hidden: tf.layers.activation({ activation: "relu", name: "relu" }) });
    const layers = model.layers.flatMap((layer) => (layer.name === "relu" ? [layer, qActivation({ activation: "quantized_bits(8,2)" })] : [layer]));
    assert.deepEqual((await diagnose(tf.sequential({ layers }), x)).findings, []);
    for (const activation of ["quantized_tanh(8)", "binary(alpha=1)", "ternary(alpha=1)"]) {
      assert.deepEqual((await diagnose(net({ activation }), x)).findings, [], activation);
    }
  });

  it("finds units that are 0 for every sample", async () => {
    const model = net();
    const [kernel, bias] = model.getLayer("fc1").getWeights();
    const values = kernel.dataSync().map((value, i) => (i % 16 < 6 ? -Math.abs(value) : value));
    model.getLayer("fc1").setWeights([tf.tensor(values, kernel.shape), tf.tensor1d(bias.dataSync().map((value, i) => (i < 6 ? -value : value)))]);
    await assertOnly(model, "relu1", "deadUnits", /^6 of 16 units give 0 for every sample\. /);
  });

  it("knows LSQ and PACT layers, and activations inside of QDense", async () => {
    for (const hidden of [learnedStepActivation({ bits: 8, name: "h" }), pactActivation({ bits: 8, initialBound: 2, name: "h" })]) {
      const { rows, findings } = await diagnose(net({ hidden }), x);
      assert.deepEqual(findings, []);
      assert.deepEqual(rows.map(({ layer, tensor }) => `${layer} ${tensor}`), [
        "input activation", "fc1 kernel", "fc1 bias", "h activation", "output kernel", "output bias",
      ]);
    }
    const inside = tf.sequential({
      layers: [
        qDense({ units: 16, inputShape: [8], name: "fc1", kernelQuantizer: "quantized_bits(8,0,alpha=1)", activation: "quantized_relu(8,-3)" }),
        qDense({ units: 4, name: "output", kernelQuantizer: "quantized_bits(8,0,alpha=1)" }),
      ],
    });
    inside.setWeights(net().getWeights());
    const apart = await diagnose(net({ activation: "quantized_relu(8,-3)" }), x);
    const { rows, findings } = await diagnose(inside, x);
    assert.deepEqual(findings.map(({ layer, kind }) => [layer, kind]), [["fc1", "saturated"]]);
    assert.ok(rows.find(({ tensor }) => tensor === "activation")!.max > apart.rows[0].max / 8);
  });

  it("counts codes where channels have scales of their own", async () => {
    const { rows } = await diagnose(net({ kernel: "quantized_bits(3,0,alpha='auto')" }), x);
    const { levels, levelsUsed, clipped } = rows.find(({ layer, tensor }) => layer === "fc1" && tensor === "kernel")!;
    assert.deepEqual([levels, levelsUsed, clipped], [7, 7, null]);
  });

  it("looks at the first samples, and leaves model and memory as they are", async () => {
    const model = net();
    const weights = model.getWeights().map((weight) => weight.dataSync().slice());
    const { numTensors } = tf.memory();
    const few = await diagnose(model, x, { samples: 1 });
    assert.equal(tf.memory().numTensors, numTensors);
    assert.ok(few.rows[0].levelsUsed <= 8);
    model.getWeights().forEach((weight, i) => assert.deepEqual(weight.dataSync(), weights[i]));
    await assert.rejects(diagnose(model, x, { samples: 0 }), RangeError);
    await assert.rejects(diagnose(model, tf.zeros([2, 3])), TypeError);
  });

  it("refuses NaN among samples and weights, and says where", async () => {
    const wrong = { values: Float32Array.from({ length: 16 }, (_, i) => (i === 9 ? NaN : 0)), shape: [2, 8] as [number, number] };
    await assert.rejects(diagnose(net(), wrong), { name: "RangeError", message: "Expected numbers in x but found NaN in sample 1." });
    const model = net();
    const [kernel] = model.getLayer("output").getWeights();
    model.getLayer("output").setWeights([kernel, tf.tensor1d([0, NaN, 0, 0])]);
    await assert.rejects(diagnose(model, x), { name: "RangeError", message: /^Expected numbers as weights of output but found NaN: its training diverged/ });
  });
});

describe("integerBitsFor", () => {
  it("gives the least i with all magnitudes below 2^i", () => {
    assert.equal(integerBitsFor(Float32Array.of(0.3, -5), -8), 3);
    assert.equal(integerBitsFor(Float32Array.of(0.3, -5), 0), -1);
    assert.equal(integerBitsFor(Float32Array.of(1), -1), 1);
    assert.equal(integerBitsFor(Float32Array.of(0, 0), -1), null);
  });
});

describe("bestInteger", () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => (i === 0 ? 7 : 0.9 * Math.sin(i)));

  it("clips a lone large number where steps are large, and takes it in where they are small", () => {
    assert.equal(bestInteger(values, getQuantizer("quantized_bits(2,0,alpha=1)"), -1, 0, 4), 0);
    assert.equal(bestInteger(values, getQuantizer("quantized_bits(12,0,alpha=1)"), -1, 0, 4), 3);
  });

  it("leaves negative numbers to a ReLU", () => {
    assert.equal(bestInteger(Float32Array.of(-100, 0.5, 0.75), getQuantizer("quantized_relu(4,0)"), 0, 0, 3), 0);
  });
});
