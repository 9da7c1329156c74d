import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../../lib/data/matrix.js";
import { createRandom } from "../../lib/data/random.js";
import { integerProgram } from "../../lib/integer/integerProgram.js";
import { interpretProgram } from "../../lib/integer/interpretProgram.js";
import { logitLabels } from "../../lib/integer/logitLabels.js";
import { heNormal } from "../../lib/layers/heNormal.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { fakeQuantized64 } from "../../lib/measure/fakeQuantized64.js";
import { integerReport } from "../../lib/measure/integerReport.js";
import { calibrate } from "../../lib/ptq/calibrate.js";
import { fullIntegerQuantize } from "../../lib/ptq/fullIntegerQuantize.js";
import { predict } from "../../lib/training/predict.js";
import { drawChain, drawSamples } from "../ptq/drawChain.js";

function build(input: string, weights: string, hidden: string, ending: "softmax" | null = "softmax"): tf.Sequential {
  const dense = (units: number, activation: string | null) =>
    qDense({ units, activation, kernelQuantizer: weights, biasQuantizer: "quantized_bits(8,0,alpha=1)", kernelInitializer: heNormal({ seed: units }) });
  return tf.sequential({ layers: [qActivation({ activation: input, inputShape: [20] }), dense(30, hidden), tf.layers.dropout({ rate: 0.5 }), dense(4, ending)] });
}

const random = createRandom(3);
const x: Matrix = { values: Float32Array.from({ length: 200 * 20 }, () => Math.max(random.normal(0, 0.5), 0)), shape: [200, 20] };

describe("integerReport", () => {
  it("finds no difference with power-of-two scales and sums of few bits", () => {
    const model = build("quantized_relu(8,0)", "quantized_bits(4,0,alpha=1)", "quantized_relu(6,2)");
    const report = { rows: 200, differentLogits: 0, differentLabels: 0, largestDifference: 0, largestSteps: null, differentRows32: 0 };
    assert.deepEqual(integerReport(model, x), report);
  });

  it("counts the rows that float32 rounds", async () => {
    const model = build("quantized_relu(16,0)", "quantized_bits(16,0,alpha=1)", "quantized_relu(16,3)", null);
    const report = integerReport(model, x);
    const exact = fakeQuantized64(model, x).values;
    const found = (await predict(model, x)).values;
    const rows = Array.from({ length: 200 }, (_, row) => [0, 1, 2, 3].some((i) => Math.fround(exact[4 * row + i]) !== found[4 * row + i]));
    const none = { differentLogits: 0, differentLabels: 0, largestDifference: 0, largestSteps: null };
    assert.deepEqual({ ...report, differentRows32: 0 }, { rows: 200, ...none, differentRows32: 0 });
    assert.equal(report.differentRows32, rows.filter(Boolean).length);
    assert.ok(report.differentRows32 > 100);
  });

  it("counts logits and labels that differ with other scales", () => {
    const model = build("quantized_relu(3,0)", "quantized_bits(3,0,alpha='auto')", "quantized_affine(3,min=0,max=2.3)");
    const report = integerReport(model, x);
    const program = integerProgram(model);
    const [integers, exact] = [interpretProgram(program, x), fakeQuantized64(model, x)];
    const differences = integers.values.map((value, i) => Math.abs(value - exact.values[i]));
    assert.equal(report.differentLogits, differences.filter((difference) => difference > 0).length);
    assert.equal(report.largestDifference, Math.max(...differences));
    const [labels, exactLabels] = [logitLabels(integers), logitLabels(exact)];
    assert.equal(report.differentLabels, labels.filter((label, i) => label !== exactLabels[i]).length);
    // The scales of the weights are float32, which rounds the weights that the model computes with.
    assert.ok(report.differentLogits > 0);
  });

  it("gives the largest difference as a real number and in steps of the output's format", async () => {
    const model = drawChain({ sizes: [20, 30, 4], seed: 1 });
    const many = drawSamples(10_000, 20);
    const quantized = fullIntegerQuantize(model, await calibrate(model, many), { bits: 8, activationBits: 16 });
    const report = integerReport(quantized, many);
    const { scale } = integerProgram(quantized).layers.at(-1)!.output!.format;
    assert.ok(report.largestSteps! >= 1 && report.largestSteps! <= 3, String(report.largestSteps));
    assert.ok(Math.abs(report.largestDifference - scale * report.largestSteps!) < 1e-9 * scale);
  });

  it("takes no samples, and refuses those of another size, or NaN", () => {
    const model = build("quantized_relu(8,0)", "quantized_bits(4,0,alpha=1)", "quantized_relu(6,2)");
    assert.equal(integerReport(model, { values: new Float32Array(0), shape: [0, 20] }).rows, 0);
    assert.throws(() => integerReport(model, { values: new Float32Array(3), shape: [1, 3] }), { name: "TypeError", message: /of 20 numbers but found 3/ });
    const wrong = { values: new Float32Array(20).fill(NaN), shape: [1, 20] as [number, number] };
    assert.throws(() => integerReport(model, wrong), { name: "RangeError", message: /found NaN in sample 0/ });
  });
});
