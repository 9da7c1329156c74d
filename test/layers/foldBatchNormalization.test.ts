import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { ready } from "../../lib/backend.js";
import { foldBatchNormalization } from "../../lib/layers/foldBatchNormalization.js";
import { qBatchNormalization } from "../../lib/layers/qBatchNormalization.js";
import { qConv2D } from "../../lib/layers/qConv2D.js";
import { qDense } from "../../lib/layers/qDense.js";
import { qDepthwiseConv2D } from "../../lib/layers/qDepthwiseConv2D.js";
import { weightQuantizer } from "../../lib/layers/quantizedKernelLayer.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";

before(ready);

/** Gives every weight numbers of its own: variances above 0, also gammas below 0. */
function randomize(model: tf.LayersModel): void {
  tf.tidy(() => {
    for (const [i, weight] of model.weights.entries()) {
      const values = tf.randomNormal(weight.shape as number[], 0, 0.5, "float32", 10 + i);
      (weight.read() as tf.Variable).assign(/moving_variance/.test(weight.originalName) ? tf.add(tf.abs(values), 0.1) : values);
    }
  });
}

const x = tf.randomNormal([5, 6, 6, 2], 0, 1, "float32", 4);

function assertSameOutputs(found: tf.LayersModel, expected: tf.LayersModel, input: tf.Tensor = x): void {
  const [a, b] = [found, expected].map((model) => [...(model.predict(input) as tf.Tensor).dataSync()]);
  assert.equal(a.length, b.length);
  a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) <= 1e-5 * Math.max(1, Math.abs(b[i])), `${value} for ${b[i]}`));
}

const names = (model: tf.LayersModel): string[] => model.layers.map((layer) => layer.name);

describe("foldBatchNormalization", () => {
  const normalization = fc.record({ center: fc.boolean(), scale: fc.boolean(), epsilon: fc.constantFrom(1e-3, 0.1) });

  it("leaves the outputs of float models as they are, whatever layer is folded into", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), normalization, normalization, normalization, (useBias, isQuantized, ...args) => {
        // Vectors of an own format are folded as they are computed with.
        const normalize = (i: number): tf.layers.Layer => (isQuantized ? qBatchNormalization(args[i]) : tf.layers.batchNormalization(args[i]));
        const model = tf.sequential({
          layers: [
            tf.layers.conv2d({ filters: 3, kernelSize: 2, useBias, inputShape: [6, 6, 2] }),
            normalize(0),
            tf.layers.reLU(),
            tf.layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, useBias }),
            normalize(1),
            tf.layers.activation({ activation: "tanh" }),
            tf.layers.flatten(),
            tf.layers.dense({ units: 4, useBias }),
            normalize(2),
          ],
        });
        randomize(model);
        const folded = foldBatchNormalization(model);
        assert.equal(folded.layers.length, 6);
        assertSameOutputs(folded, model);
        [model, folded].forEach((each) => each.dispose());
      }),
      { numRuns: 15, seed: 3 },
    );
  });

  it("folds in functional models with branches, where only the normalization takes the layer's output", () => {
    const input = tf.input({ shape: [6, 6, 2] });
    const apply = (layer: tf.layers.Layer, ...from: tf.SymbolicTensor[]): tf.SymbolicTensor =>
      layer.apply(from.length === 1 ? from[0] : from) as tf.SymbolicTensor;
    const conv = (name: string) => tf.layers.conv2d({ filters: 2, kernelSize: 1, name });
    const norm = (name: string) => tf.layers.batchNormalization({ name });
    const first = apply(norm("firstNorm"), apply(conv("first"), input));
    const second = apply(conv("second"), first);
    const sum = apply(tf.layers.add({ name: "sum" }), first, second, apply(norm("secondNorm"), second));
    const model = tf.model({ inputs: input, outputs: apply(norm("lastNorm"), apply(conv("last"), sum)) });
    randomize(model);
    const folded = foldBatchNormalization(model);
    assert.deepEqual(names(folded).slice(1), ["first", "second", "secondNorm", "sum", "last"]);
    assertSameOutputs(folded, model);
  });

  it("lets quantizers see the folded weights, as QKeras's QConv2DBatchnorm does", () => {
    const kernelQuantizer = "quantized_bits(4,0,alpha='auto')";
    const model = tf.sequential({
      layers: [
        qConv2D({ filters: 3, kernelSize: 2, kernelQuantizer, inputShape: [6, 6, 2], useBias: false, name: "conv" }),
        tf.layers.batchNormalization({ name: "norm" }),
        qDepthwiseConv2D({ kernelSize: 2, depthwiseQuantizer: kernelQuantizer }),
        qBatchNormalization(),
        tf.layers.flatten(),
        qDense({ units: 2, kernelQuantizer, biasQuantizer: "quantized_bits(8,3)" }),
        qBatchNormalization(),
      ],
    });
    randomize(model);
    const folded = foldBatchNormalization(model);
    assert.equal(folded.layers.length, 4);
    const [gamma, beta, mean, variance] = model.getLayer("norm").getWeights().map((weight) => [...weight.dataSync()]);
    const kernel = model.getLayer("conv").getWeights()[0].dataSync();
    const layer = folded.getLayer("conv") as ReturnType<typeof qConv2D>;
    const [foldedKernel, foldedBias] = layer.getWeights().map((weight) => weight.dataSync() as Float32Array);
    foldedKernel.forEach((value, i) => assert.ok(Math.abs(value - (kernel[i] * gamma[i % 3]) / Math.sqrt(variance[i % 3] + 1e-3)) < 1e-6));
    foldedBias.forEach((value, i) => assert.ok(Math.abs(value - (beta[i] - (mean[i] * gamma[i]) / Math.sqrt(variance[i] + 1e-3))) < 1e-6));
    assert.deepEqual(layer.quantizedWeights()[0].dataSync(), weightQuantizer(layer, 0)?.quantize(foldedKernel, [2, 2, 2, 3]));
  });

  it("lets a normalization stay where folding would change the outputs", () => {
    const dense = (name: string, activation?: "relu") => tf.layers.dense({ units: 3, name, ...(activation && { activation }) });
    const norm = (name: string, axis = -1) => tf.layers.batchNormalization({ name, axis });
    const model = tf.sequential({
      layers: [
        tf.layers.inputLayer({ inputShape: [4, 3] }),
        norm("first"), dense("activated", "relu"), norm("behindActivation"), dense("dropped"), tf.layers.dropout({ rate: 0.5 }),
        norm("behindDropout"), dense("other"), norm("otherAxis", 1), dense("plain"), norm("folded"), norm("again"),
      ],
    });
    randomize(model);
    const folded = foldBatchNormalization(model);
    assert.deepEqual(names(model).filter((name) => !names(folded).includes(name)), ["folded"]);
    assertSameOutputs(folded, model, tf.randomNormal([5, 4, 3], 0, 1, "float32", 4));
    const input = tf.input({ shape: [3] });
    const shared = dense("shared");
    const once = norm("once").apply(shared.apply(input) as tf.SymbolicTensor) as tf.SymbolicTensor;
    const twice = tf.model({ inputs: input, outputs: shared.apply(once) as tf.SymbolicTensor });
    assert.ok(names(foldBatchNormalization(twice)).includes("once"));
    const plain = tf.layers.dense({ units: 3, inputShape: [3] });
    const inOrder = tf.sequential({ layers: [plain, norm("between"), plain] });
    assert.ok(names(foldBatchNormalization(inOrder)).includes("between"));
  });

  it("leaves the model as it is, and refuses one that is being pruned", () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4] }), tf.layers.batchNormalization()] });
    randomize(model);
    const before = model.getWeights().map((weight) => [...weight.dataSync()]);
    const folded = foldBatchNormalization(model);
    folded.setWeights(folded.getWeights().map((weight) => tf.zerosLike(weight)));
    assert.deepEqual(model.getWeights().map((weight) => [...weight.dataSync()]), before);
    assert.throws(() => foldBatchNormalization(pruneLowMagnitude(model)), { name: "TypeError", message: /found prune_low_magnitude_dense\w*: call stripPruning/ });
  });
});
