import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { ready } from "../../lib/backend.js";
import type { Matrix } from "../../lib/data/matrix.js";
import { loadMnist } from "../../lib/data/loadMnist.js";
import { scalePixels } from "../../lib/data/scalePixels.js";
import { toCategorical } from "../../lib/data/toCategorical.js";
import { foldBatchNormalization } from "../../lib/layers/foldBatchNormalization.js";
import { heNormal } from "../../lib/layers/heNormal.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qConv2D } from "../../lib/layers/qConv2D.js";
import { qDense } from "../../lib/layers/qDense.js";
import { qDepthwiseConv2D } from "../../lib/layers/qDepthwiseConv2D.js";
import { quantizeModel } from "../../lib/layers/quantizeModel.js";
import { QuantizedKernelLayer } from "../../lib/layers/quantizedKernelLayer.js";
import { adam } from "../../lib/training/adam.js";
import { evaluate } from "../../lib/training/evaluate.js";
import { fit } from "../../lib/training/fit.js";
import { predict } from "../../lib/training/predict.js";

const weights = "quantized_bits(6,0,alpha=1)";

/** A quantized CNN: 28x28x1, 14x14x8, 7x7x16, 10. */
function buildQuantized(): tf.Sequential {
  const initializer = (seed: number) => heNormal({ seed });
  return tf.sequential({
    layers: [
      qConv2D({
        filters: 8, kernelSize: 3, strides: 2, padding: "same", inputShape: [28, 28, 1],
        kernelQuantizer: weights, biasQuantizer: weights, kernelInitializer: initializer(1),
      }),
      qActivation({ activation: "quantized_relu(6,2)" }),
      qDepthwiseConv2D({
        kernelSize: 3, strides: 2, padding: "same", depthMultiplier: 2,
        depthwiseQuantizer: weights, biasQuantizer: weights, depthwiseInitializer: initializer(2),
      }),
      qActivation({ activation: "quantized_relu(6,2)" }),
      tf.layers.flatten(),
      qDense({ units: 10, kernelQuantizer: weights, biasQuantizer: weights, kernelInitializer: initializer(3), activation: "softmax" }),
    ],
  });
}

/** A float CNN of the same size, with normalizations. */
function buildFloat(): tf.Sequential {
  const initializer = (seed: number) => tf.initializers.heNormal({ seed });
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 8, kernelSize: 3, strides: 2, padding: "same", inputShape: [28, 28, 1], useBias: false, kernelInitializer: initializer(1),
      }),
      tf.layers.batchNormalization({ momentum: 0.9 }),
      tf.layers.activation({ activation: "relu" }),
      tf.layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: "same", depthMultiplier: 2, depthwiseInitializer: initializer(2) }),
      tf.layers.batchNormalization({ momentum: 0.9 }),
      tf.layers.activation({ activation: "relu" }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 10, activation: "softmax", kernelInitializer: initializer(3) }),
    ],
  });
}

async function train(model: tf.LayersModel, x: Matrix, y: Matrix): Promise<void> {
  model.compile({ optimizer: adam(5e-3), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  await fit(model, x, y, { epochs: 1, batchSize: 32, seed: 1, verbose: 0 });
}

/** Throws unless a layer computes with multiples of 1/32 from -1 to 31/32. */
function checkGrid(layer: tf.layers.Layer): void {
  if (!(layer instanceof QuantizedKernelLayer)) return;
  tf.tidy(() => {
    for (const tensor of layer.quantizedWeights()) {
      for (const value of tensor?.dataSync() ?? []) {
        assert.ok(Number.isInteger(value * 32) && value >= -1 && value < 1, `${layer.name} computes with ${value}`);
      }
    }
    // `fit` keeps what is trained within the quantizer's range.
    for (const weight of layer.getWeights()) assert.ok(weight.dataSync().every((value) => Math.abs(value) <= 1));
  });
}

describe("a small CNN on real MNIST", async () => {
  await ready();
  const data = await loadMnist({ download: false });
  const skip = data.isReal ? false : "MNIST is not on this machine: run npm start with a network";
  const x = scalePixels(data.train.images.subarray(0, 4000 * 784));
  const y = toCategorical(data.train.labels.subarray(0, 4000), 10);
  const testX = scalePixels(data.test.images.subarray(0, 2000 * 784));
  const testY = toCategorical(data.test.labels.subarray(0, 2000), 10);

  it("learns with 6-bit weights and activations, whose weights stay on their grids", { skip }, async (t) => {
    const model = buildQuantized();
    await train(model, x, y);
    model.layers.forEach(checkGrid);
    const { accuracy = 0 } = await evaluate(model, testX, testY);
    t.diagnostic(`accuracy of the quantized CNN ${accuracy}`);
    // Chance is 0.1. With other seeds it reached 0.862 to 0.896, and a layer qDense alone 0.835 to 0.851.
    assert.ok(accuracy > 0.85, `accuracy ${accuracy}`);
  });

  it("is trained in float, folded, and quantized to 8 bits with hardly a loss", { skip }, async (t) => {
    const model = buildFloat();
    await train(model, x, y);
    const before = await evaluate(model, testX, testY);
    const folded = foldBatchNormalization(model);
    assert.equal(folded.layers.length, model.layers.length - 2);
    const outputs = await Promise.all([model, folded].map((each) => predict(each, testX)));
    outputs[0].values.forEach((value, i) => assert.ok(Math.abs(value - outputs[1].values[i]) < 1e-5));
    const kernelQuantizer = "quantized_bits(8,0,alpha='auto')";
    const quantized = quantizeModel(folded, {
      QConv2D: { kernelQuantizer, biasQuantizer: "quantized_bits(8,2)" },
      QDepthwiseConv2D: { depthwiseQuantizer: kernelQuantizer, biasQuantizer: "quantized_bits(8,2)" },
      QDense: { kernelQuantizer, biasQuantizer: "quantized_bits(8,2)" },
      QActivation: { relu: "quantized_relu(8,3)" },
    });
    quantized.compile({ optimizer: "sgd", loss: "categoricalCrossentropy", metrics: ["accuracy"] });
    const after = await evaluate(quantized, testX, testY);
    t.diagnostic(`accuracy in float ${before.accuracy}, quantized ${after.accuracy}`);
    assert.ok((before.accuracy ?? 0) > 0.85);
    assert.ok((after.accuracy ?? 0) > (before.accuracy ?? 0) - 0.02);
  });
});
