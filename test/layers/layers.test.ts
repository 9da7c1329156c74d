import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { ready } from "../../lib/backend.js";
import { cloneModel } from "../../lib/layers/cloneModel.js";
import { heNormal } from "../../lib/layers/heNormal.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { varianceGain } from "../../lib/layers/qInitializer.js";
import { getQuantizer } from "../../lib/quantizers/getQuantizer.js";
import { golden } from "../golden/golden.js";

const quantizer = "quantized_bits(8,3,alpha=1)";

function buildModel(): tf.Sequential {
  return tf.sequential({
    layers: [
      qActivation({ activation: "quantized_bits(8,0,alpha=1)", inputShape: [6] }),
      qDense({ units: 5, kernelQuantizer: quantizer, biasQuantizer: quantizer, kernelInitializer: tf.initializers.heNormal({ seed: 1 }) }),
      qActivation({ activation: "quantized_relu(6,2,negative_slope=0.25)" }),
      qDense({ units: 3, kernelQuantizer: "quantized_bits(4)", activation: "softmax" }),
    ],
  });
}

const x = tf.randomUniform([4, 6], -1, 1, "float32", 3);
const outputs = (model: tf.LayersModel): number[] => [...(model.predict(x) as tf.Tensor).dataSync()];

describe("QDense and QActivation", () => {
  it("give the same outputs after tfjs saved and loaded the model", async () => {
    await ready();
    const model = buildModel();
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler((artifacts) => {
        saved = artifacts;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } });
      }),
    );
    // Through text, as a file would hold it.
    const topology = JSON.parse(JSON.stringify(saved?.modelTopology)) as object;
    const loaded = await tf.loadLayersModel(tf.io.fromMemory({ ...saved, modelTopology: topology }));
    assert.deepEqual(outputs(loaded), outputs(model));
    const [, first, relu, last] = loaded.layers as unknown as { kernelQuantizer: unknown; quantizer: unknown }[];
    assert.equal(String(first.kernelQuantizer), "quantized_bits(8,3,0,alpha=1)");
    assert.equal(String(relu.quantizer), "quantized_relu(6,2,0.25)");
    assert.equal(String(last.kernelQuantizer), "quantized_bits(4,0,1,alpha='auto_po2')");
  });

  it("compute with weights on the grid while they hold finer ones", () => {
    const layer = qDense({ units: 2, inputShape: [3], kernelQuantizer: quantizer });
    const model = tf.sequential({ layers: [layer] });
    layer.setWeights([tf.tensor2d([0.03, 0.04, 1.01, -1.01, 7.99, -8], [3, 2]), tf.tensor1d([0.123, 0])]);
    const y = model.predict(tf.eye(3)) as tf.Tensor;
    const bias = Math.fround(0.123);
    assert.deepEqual([...y.dataSync()], [0 + bias, 0.0625, 1 + bias, -1, 7.9375 + bias, -8].map(Math.fround));
    assert.equal((layer.getWeights()[0].dataSync() as Float32Array)[0], Math.fround(0.03));
  });

  it("take inputs of any rank, as Keras's Dense does", () => {
    const model = tf.sequential({ layers: [qDense({ units: 2, inputShape: [4, 3], kernelQuantizer: quantizer })] });
    assert.deepEqual((model.predict(tf.ones([5, 4, 3])) as tf.Tensor).shape, [5, 4, 2]);
  });

  it("refuse what makes no layer", () => {
    assert.throws(() => qDense({ units: 0 }), /units to be a whole number above 0 but found 0/);
    assert.throws(() => qDense({ units: 1, kernelQuantizer: "quantized_bit(8)" }), /one of quantized_bits.*found "quantized_bit"/);
    assert.throws(() => qDense({ units: 1, kernelInitializer: "he_norm" }), /initializer.*found "he_norm"/);
    assert.throws(() => qActivation({ activation: "quantized_bits(8,3" }), SyntaxError);
  });
});

describe("initial weights of coarse formats", () => {
  for (const expected of golden.qinitializer) {
    it(`${expected.quantizer} ${JSON.stringify(expected.args)} are scaled as QKeras scales them`, () => {
      const format = getQuantizer({ className: expected.quantizer, config: expected.args });
      const values = Float32Array.from(expected.x.data);
      const gain = varianceGain(values, expected.x.shape, format);
      assert.ok(Math.abs(gain * expected.initializer_scale - expected.new_scale) < 1e-4 * expected.new_scale);
      expected.output.data.forEach((value, i) => {
        const scaled = Math.min(Math.max(values[i] * Math.sqrt(gain), -format.max()), format.max());
        assert.ok(Math.abs(scaled - value) < 1e-5);
      });
    });
  }
});

describe("heNormal", () => {
  it("draws weights of variance 2 / inputs, the same for the same seed", () => {
    const draw = (seed: number): Float32Array => heNormal({ seed }).apply([400, 300]).dataSync() as Float32Array;
    const weights = draw(1);
    const variance = weights.reduce((sum, w) => sum + w * w, 0) / weights.length;
    assert.ok(Math.abs(variance - 2 / 400) < 0.02 * (2 / 400), `variance ${variance}`);
    assert.deepEqual(draw(1), weights);
    assert.notDeepEqual(draw(2), weights);
  });
});

describe("cloneModel", () => {
  it("copies a functional model with its connections", () => {
    const input = tf.input({ shape: [6] });
    const dense = qDense({ units: 4, kernelQuantizer: quantizer, name: "shared" }).apply(input) as tf.SymbolicTensor;
    const sum = tf.layers.add().apply([dense, dense]) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: sum });
    assert.deepEqual(outputs(cloneModel(model)), outputs(model));
  });

  it("shares no weights with the original", () => {
    const model = buildModel();
    const before = outputs(model);
    const clone = cloneModel(model);
    clone.setWeights(clone.getWeights().map((weight) => tf.zerosLike(weight)));
    assert.deepEqual(outputs(model), before);
  });
});
