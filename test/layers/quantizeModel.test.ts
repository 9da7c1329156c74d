import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { ready } from "../../lib/backend.js";
import type { QActivation } from "../../lib/layers/qActivation.js";
import type { QDense } from "../../lib/layers/qDense.js";
import { quantizeModel } from "../../lib/layers/quantizeModel.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { stripPruning } from "../../lib/pruning/stripPruning.js";

before(ready);

/** A format fine and wide enough for outputs to stay as they are. */
const identity = "quantized_bits(24,7,alpha=1)";

function buildModel(): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [6, 6, 2], kernelRegularizer: "l1l2", name: "conv" }),
      tf.layers.batchNormalization({ name: "norm" }),
      tf.layers.reLU({ name: "relu" }),
      tf.layers.depthwiseConv2d({ kernelSize: 2, useBias: false, name: "depthwise" }),
      tf.layers.leakyReLU({ alpha: 0.25, name: "leaky" }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 5, activation: "relu", name: "hidden" }),
      tf.layers.dense({ units: 3, activation: "softmax", name: "output" }),
    ],
  });
}

const x = tf.randomNormal([5, 6, 6, 2], 0, 1, "float32", 4);
const outputs = (model: tf.LayersModel): number[] => [...(model.predict(x) as tf.Tensor).dataSync()];
const classes = (model: tf.LayersModel): string[] => model.layers.map((layer) => layer.getClassName());

describe("quantizeModel", () => {
  it("wants a config", () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] });
    assert.throws(() => quantizeModel(model, undefined as never), { name: "TypeError", message: /Expected config such as .* but found undefined/ });
  });

  it("gives the outputs of the model where the formats are fine", () => {
    const model = buildModel();
    const before = outputs(model);
    const kernel = { kernelQuantizer: identity, biasQuantizer: identity };
    const quantized = quantizeModel(
      model,
      {
        QConv2D: kernel,
        QDepthwiseConv2D: { depthwiseQuantizer: identity, biasQuantizer: identity },
        QDense: { ...kernel, activationQuantizer: "quantized_relu(24,8)" },
        QActivation: { relu: "quantized_relu(24,8)", leakyrelu: "quantized_relu(24,8,negative_slope=0.25)" },
        QBatchNormalization: {},
      },
    );
    assert.deepEqual(classes(quantized), ["QConv2D", "QBatchNormalization", "QActivation", "QDepthwiseConv2D", "QActivation", "Flatten", "QDense", "QDense"]);
    outputs(quantized).forEach((value, i) => assert.ok(Math.abs(value - before[i]) < 1e-4, `${value} for ${before[i]}`));
    assert.deepEqual(outputs(model), before);
    assert.equal((quantized.getLayer("output") as QDense).activation?.config, "softmax", "a class's activation does not replace it");
    assert.deepEqual(quantized.getLayer("conv").getConfig().kernelRegularizer, model.getLayer("conv").getConfig().kernelRegularizer);
  });

  it("leaves alone what the config does not name, and takes a layer's name before its class", () => {
    const model = buildModel();
    assert.deepEqual(classes(quantizeModel(model, {})), classes(model));
    const quantized = quantizeModel(
      model,
      { QDense: { kernelQuantizer: "ternary(alpha=1)" }, hidden: { kernelQuantizer: "quantized_bits(4,0,alpha=1)" }, relu: "quantized_relu(3,1)", QConv2D: { biasQuantizer: identity } },
      { activationBits: 5 },
    );
    const replaced = quantized.layers.filter((layer, i) => layer.getClassName() !== classes(model)[i]).map((layer) => layer.name);
    assert.deepEqual(replaced, ["relu", "hidden", "output"]);
    const hidden = quantized.getLayer("hidden") as QDense;
    assert.equal(String(hidden.kernelQuantizer), "quantized_bits(4,0,0,alpha=1)");
    assert.equal(String(hidden.activation?.quantizer), "quantized_relu(5,0)");
    assert.equal(String((quantized.getLayer("relu") as QActivation).quantizer), "quantized_relu(3,1)");
    const named = quantizeModel(model, { output: { kernelQuantizer: identity, activationQuantizer: "quantized_relu(8,4)" } });
    assert.equal(String((named.getLayer("output") as QDense).activation?.quantizer), "quantized_relu(8,4)");
  });

  it("keeps the connections of a functional model", () => {
    const input = tf.input({ shape: [6, 6, 2] });
    const conv = tf.layers.conv2d({ filters: 2, kernelSize: 1, name: "conv" }).apply(input) as tf.SymbolicTensor;
    const sum = tf.layers.add().apply([conv, tf.layers.reLU().apply(conv) as tf.SymbolicTensor]) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: sum });
    const quantized = quantizeModel(model, { QConv2D: { kernelQuantizer: identity }, QActivation: "quantized_relu(24,8)" });
    assert.deepEqual(classes(quantized), ["InputLayer", "QConv2D", "QActivation", "Add"]);
    const before = outputs(model);
    outputs(quantized).forEach((value, i) => assert.ok(Math.abs(value - before[i]) < 1e-4));
  });

  it("starts from new weights if that is wanted", () => {
    const model = buildModel();
    const [kernel] = quantizeModel(model, { QDense: { kernelQuantizer: identity } }, { transferWeights: false }).getLayer("hidden").getWeights();
    assert.notDeepEqual(kernel.dataSync(), model.getLayer("hidden").getWeights()[0].dataSync());
  });

  it("leaves layers alone that are quantized, and says so where no others are left", () => {
    const model = buildModel();
    const config = { QDense: { kernelQuantizer: identity } };
    const once = quantizeModel(model, { hidden: { kernelQuantizer: "ternary(alpha=1)" } });
    const twice = quantizeModel(once, config);
    assert.equal(String((twice.getLayer("hidden") as QDense).kernelQuantizer), String((once.getLayer("hidden") as QDense).kernelQuantizer));
    assert.equal(String((twice.getLayer("output") as QDense).kernelQuantizer), "quantized_bits(24,7,0,alpha=1)");
    const tensors = tf.memory().numTensors;
    const message = "Expected layers in floating point but found hidden, output, quantized already: quantize the float model anew.";
    assert.throws(() => quantizeModel(twice, config), { name: "TypeError", message });
    assert.throws(() => quantizeModel(twice, { hidden: { kernelQuantizer: identity } }), { name: "TypeError", message: /found hidden, quantized/ });
    assert.equal(tf.memory().numTensors, tensors);
    assert.deepEqual(classes(quantizeModel(twice, {})), classes(twice));
  });

  it("takes a pruned model once it is stripped", () => {
    const pruned = pruneLowMagnitude(buildModel());
    assert.throws(() => quantizeModel(pruned, {}), { name: "TypeError", message: /found prune_low_magnitude_conv: call stripPruning/ });
    assert.equal(quantizeModel(stripPruning(pruned), { QDense: { kernelQuantizer: identity } }).getLayer("hidden").getClassName(), "QDense");
  });

  it("says what it does not understand", () => {
    const model = buildModel();
    type Config = Parameters<typeof quantizeModel>[1];
    const refuse = (config: object, name: string, message: RegExp): void =>
      assert.throws(() => quantizeModel(model, config as Config), { name, message });
    refuse({ hiden: { kernelQuantizer: identity } }, "RangeError", /or the name of a layer.*found "hiden"/);
    refuse({ QDepthwiseConv2D: { kernelQuantizer: identity } }, "TypeError", /\{depthwiseQuantizer.*found "kernelQuantizer"/);
    refuse({ hidden: identity }, "TypeError", /\{kernelQuantizer.*for hidden but found/);
    refuse({ QDense: { kernelQuantizer: "quantized_bit(4)" } }, "RangeError", /found "quantized_bit"/);
    assert.throws(() => quantizeModel(model, {}, { activationBits: 0 }), { name: "RangeError", message: /activationBits.*found 0/ });
    const constrained = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], kernelConstraint: "nonNeg", name: "constrained" })] });
    assert.throws(() => quantizeModel(constrained, { QDense: { kernelQuantizer: identity } }), { name: "TypeError", message: /constrained with a kernelConstraint/ });
  });
});
