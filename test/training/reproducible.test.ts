import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../../lib/data/matrix.js";
import { assignWeights } from "../../lib/layers/assignWeights.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { polynomialDecay } from "../../lib/pruning/polynomialDecay.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { adam } from "../../lib/training/adam.js";
import { fit } from "../../lib/training/fit.js";

/** Numbers between -1 and 1 that look random and need whole numbers only. */
const numbers = (length: number, salt: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => (((i + 1) * (salt * 2 + 7919)) % 1999) / 999.5 - 1);

const SAMPLES = 90;
const x: Matrix = { values: numbers(SAMPLES * 12, 1).map((value) => (value < -0.4 ? 0 : value)), shape: [SAMPLES, 12] };
const y: Matrix = { values: new Float32Array(SAMPLES * 3), shape: [SAMPLES, 3] };
numbers(SAMPLES, 2).forEach((value, i) => (y.values[i * 3 + Math.floor((value + 1) * 1.499)] = 1));

/** Weights that depend on no initializer of tfjs. */
function start(model: tf.LayersModel): tf.LayersModel {
  const weights = model.weights.map(({ shape, originalName }, i) => {
    const size = (shape as number[]).reduce((a, b) => a * b, 1);
    const values = numbers(size, i + 3).map((value) => (originalName.includes("moving_variance") ? 1 + value / 2 : value / 2));
    return tf.tensor(values, shape as number[]);
  });
  assignWeights(model, weights);
  return model;
}

async function fingerprint(model: tf.LayersModel): Promise<string> {
  const { engine, history } = await fit(model, x, y, { epochs: 8, batchSize: 16, seed: 11, verbose: 0 });
  assert.equal(engine, "wasm");
  assert.ok(history.loss[7] < history.loss[0]);
  const hash = createHash("sha256");
  for (const weight of model.weights) hash.update(new Uint8Array(Float32Array.from(weight.read().dataSync()).buffer));
  return hash.digest("hex");
}

/*
 * The same bits on every machine and with every version of Node: WebAssembly rounds as IEEE 754 says, the kernels
 * bring their own exp, log and tanh, and what is computed in TypeScript on the way is sums, products and roots.
 * These fingerprints change with whatever changes a rounding: the order of a sum in a kernel, another approximation
 * of exp, the order of samples, the masks of dropout. Nothing else may change them.
 */
describe("training with the kernels gives the same bits everywhere", () => {
  it("in float32, with dropout and batch normalization", async () => {
    const model = start(
      tf.sequential({
        layers: [
          tf.layers.dense({
            units: 13,
            inputShape: [12],
            activation: "tanh",
            kernelRegularizer: tf.regularizers.l1l2({ l1: 1e-3, l2: 1e-3 }),
          }),
          tf.layers.dropout({ rate: 0.25 }),
          tf.layers.dense({
            units: 9,
            activation: "sigmoid",
            kernelConstraint: tf.constraints.maxNorm({ maxValue: 2, axis: 0 }),
          }),
          tf.layers.batchNormalization({}),
          tf.layers.dense({ units: 3, activation: "softmax" }),
        ],
      }),
    );
    model.compile({ optimizer: adam(0.01), loss: "categoricalCrossentropy" });
    assert.equal(await fingerprint(model), "0cecef56b68c70517d682cbd9f6c1c2c062f166ea47a7a7033e4e51e4586f734");
  });

  it("quantized and pruned at once", async () => {
    const plain = start(
      tf.sequential({
        layers: [
          qActivation({ activation: "quantized_bits(8,0,alpha=1)", inputShape: [12] }),
          qDense({ units: 13, kernelQuantizer: "quantized_bits(6,0,alpha=1)", biasQuantizer: "quantized_bits(6,0,alpha=1)" }),
          qActivation({ activation: "quantized_relu(6,2)" }),
          qDense({ units: 9, kernelQuantizer: "quantized_bits(4,0,alpha='auto_po2')", activation: "quantized_relu(4,1)" }),
          qDense({ units: 7, kernelQuantizer: "ternary(alpha='auto')", activation: "relu" }),
          qDense({ units: 3, kernelQuantizer: "quantized_bits(4,0,alpha='auto')", activation: "softmax" }),
        ],
      }),
    );
    const pruningSchedule = polynomialDecay({
      initialSparsity: 0.1,
      finalSparsity: 0.6,
      beginStep: 4,
      endStep: 30,
      frequency: 4,
    });
    const model = pruneLowMagnitude(plain, { pruningSchedule });
    model.compile({ optimizer: adam(0.01), loss: "categoricalCrossentropy" });
    assert.equal(await fingerprint(model), "8ccc098562552cfa61d1bf28248953c02fe512fc7075fa964ea1135dc0e73f06");
  });

  it("with quantizers that have no kernel of their own", async () => {
    const model = start(
      tf.sequential({
        layers: [
          qDense({ units: 21, inputShape: [12], kernelQuantizer: "quantized_po2(4)", activation: "quantized_tanh(6)" }),
          qDense({ units: 9, kernelQuantizer: "quantized_tanh(5)", activation: "quantized_sigmoid(6)" }),
          qDense({ units: 7, kernelQuantizer: "binary(alpha='auto')", activation: "quantized_relu_po2(4)" }),
          qDense({ units: 3, kernelQuantizer: "quantized_bits(4,0,alpha=1)", activation: "softmax" }),
        ],
      }),
    );
    model.compile({ optimizer: adam(0.01), loss: "categoricalCrossentropy" });
    assert.equal(await fingerprint(model), "c4ac9522f20978ff6abe3f206e42f2251c04fcc92a464daa24d231ea397d0f49");
  });
});
