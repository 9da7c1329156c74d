import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { ready } from "../../lib/backend.js";
import { foldBatchNormalization } from "../../lib/layers/foldBatchNormalization.js";
import { qBatchNormalization } from "../../lib/layers/qBatchNormalization.js";
import { qConv2D } from "../../lib/layers/qConv2D.js";
import type { QConv2DArgs } from "../../lib/layers/qConv2D.js";
import { qDepthwiseConv2D } from "../../lib/layers/qDepthwiseConv2D.js";
import type { QDepthwiseConv2DArgs } from "../../lib/layers/qDepthwiseConv2D.js";
import { quantizeModel } from "../../lib/layers/quantizeModel.js";
import { getQuantizer } from "../../lib/quantizers/getQuantizer.js";
import { camelCase, convolutions } from "../golden/convolutions.js";
import type { GoldenTensor } from "../golden/golden.js";

const toTensor = ({ data, shape }: GoldenTensor): tf.Tensor => tf.tensor(data, shape);

/** Throws unless numbers agree to a share of the largest of them. */
function assertClose(found: tf.Tensor, expected: GoldenTensor, tolerance: number, what: string): void {
  assert.deepEqual(found.shape, expected.shape, what);
  const scale = Math.max(1, ...expected.data.map(Math.abs));
  found.dataSync().forEach((value, i) => {
    assert.ok(Math.abs(value - expected.data[i]) <= tolerance * scale, `${what}: expected ${expected.data[i]} at ${i} but found ${value}`);
  });
}

/** What the library prints of a quantizer of QKeras: ternary(alpha=1.0), say, of ternary(alpha=1). */
const printed = (name: string): string => (name === "None" ? "null" : String(getQuantizer(name)));

const variablesOf = (layer: tf.layers.Layer): tf.Variable[] => layer.trainableWeights.map((weight) => weight.read() as tf.Variable);

describe("automatic scales of four-dimensional kernels are those of QKeras 0.9.0", () => {
  const { kernel, cases } = convolutions.quantizers;
  for (const { quantizer: name, output, scale } of cases) {
    it(name, () => {
      const quantizer = getQuantizer(name);
      assertClose(quantizer.apply(toTensor(kernel)), output, 1e-6, "output");
      assertClose(tf.tensor(quantizer.scale as Float32Array, scale.shape), scale, 1e-6, "scale");
    });
  }
});

describe("convolutions give the outputs and gradients of QKeras 0.9.0", () => {
  before(ready);
  for (const { layer: name, args, quantizer, x, weights, output, gradients } of convolutions.convolutions) {
    it(`${name} ${JSON.stringify(args)} ${quantizer}`, () => {
      const common = { ...camelCase(args), biasQuantizer: "quantized_bits(6,1)", activation: "quantized_relu(6,2)" };
      const layer =
        name === "QConv2D"
          ? qConv2D({ ...common, kernelQuantizer: quantizer } as QConv2DArgs)
          : qDepthwiseConv2D({ ...common, depthwiseQuantizer: quantizer } as QDepthwiseConv2DArgs);
      layer.build(x.shape);
      layer.setWeights(weights.map(toTensor));
      const images = toTensor(x);
      assert.deepEqual(layer.computeOutputShape(x.shape), output.shape);
      assertClose(layer.call(images), output, 1e-6, "output");
      const { grads } = tf.variableGrads(() => tf.sum(tf.square(layer.call(images, { training: true }))), variablesOf(layer));
      variablesOf(layer).forEach((variable, i) => assertClose(grads[variable.name], gradients[i], 1e-5, variable.name));
    });
  }
});

describe("QBatchNormalization computes, learns and moves its statistics as in QKeras 0.9.0", () => {
  before(ready);
  for (const { args, x, weights, inference, training, moving, gradients } of convolutions.normalizations) {
    it(JSON.stringify(args), () => {
      const layer = qBatchNormalization(camelCase(args));
      layer.build(x.shape);
      layer.setWeights(weights.map(toTensor));
      const images = toTensor(x);
      assertClose(layer.call(images), inference, 1e-5, "inference");
      const places = tf.reshape(tf.range(0, images.size), images.shape);
      const loss = (input: tf.Tensor): tf.Scalar => tf.sum(tf.mul(tf.square(layer.call(input, { training: true })), places));
      assertClose(layer.call(images, { training: true }), training, 1e-5, "training");
      layer.getWeights().slice(2).forEach((vector, i) => assertClose(vector, moving[i], 1e-6, `moving ${i}`));
      assertClose(tf.grad(loss)(images), gradients[0], 1e-4, "gradient of the input");
      const { grads } = tf.variableGrads(() => loss(images), variablesOf(layer));
      variablesOf(layer).forEach((variable, i) => assertClose(grads[variable.name], gradients[i + 1], 1e-4, variable.name));
    });
  }
});

describe("foldBatchNormalization gives the outputs of QKeras 0.9.0's layers that fold", () => {
  before(ready);
  for (const { layer: name, args, x, weights, output } of convolutions.folded) {
    it(`${name}Batchnorm`, () => {
      const given = { ...camelCase(args), inputShape: x.shape.slice(1) };
      const layer = name === "QConv2D" ? qConv2D(given as unknown as QConv2DArgs) : qDepthwiseConv2D(given as unknown as QDepthwiseConv2DArgs);
      const model = tf.sequential({ layers: [layer, tf.layers.batchNormalization()] });
      model.layers[0].setWeights(weights.slice(0, 2).map(toTensor));
      model.layers[1].setWeights(weights.slice(2).map(toTensor));
      assertClose(foldBatchNormalization(model).predict(toTensor(x)) as tf.Tensor, output, 1e-6, "output");
    });
  }
});

describe("quantizeModel makes of a model what QKeras's model_quantize makes of it", () => {
  it("the same layers, quantizers, activations and outputs", async () => {
    await ready();
    const { weights, x, output, layers } = convolutions.modelQuantize;
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, activation: "relu", inputShape: [8, 8, 2], name: "first" }),
        tf.layers.batchNormalization({ name: "norm" }),
        tf.layers.depthwiseConv2d({ kernelSize: 2, name: "second" }),
        tf.layers.activation({ activation: "relu", name: "act" }),
        tf.layers.reLU({ name: "rectifier" }),
        tf.layers.activation({ activation: "tanh", name: "curve" }),
        tf.layers.flatten({ name: "flat" }),
        tf.layers.dense({ units: 5, activation: "tanh", useBias: false, name: "hidden" }),
        tf.layers.dense({ units: 3, activation: "softmax", name: "output" }),
      ],
    });
    // Keras gives a layer's weights together; tfjs those that are not trained last.
    const given = weights.map(toTensor);
    for (const layer of model.layers) layer.setWeights(given.splice(0, layer.weights.length));
    const quantized = quantizeModel(
      model,
      {
        QConv2D: { kernelQuantizer: "quantized_bits(4,0,alpha=1)", biasQuantizer: "quantized_bits(6,1)" },
        QDepthwiseConv2D: { depthwiseQuantizer: "quantized_bits(5,0,alpha=1)", biasQuantizer: "quantized_bits(6,1)" },
        QDense: { kernelQuantizer: "ternary(alpha=1)" },
        output: { kernelQuantizer: "quantized_bits(8,0,alpha=1)" },
        QActivation: { relu: "quantized_relu(4,2)" },
        QBatchNormalization: { meanQuantizer: "quantized_bits(6,1)" },
      },
      { activationBits: 6 },
    );
    assertClose(quantized.predict(toTensor(x)) as tf.Tensor, output, 1e-5, "output");
    assert.deepEqual(quantized.layers.map((layer) => [layer.name, layer.getClassName()]), layers.map(({ name, className }) => [name, className]));
    type Quantized = { kernelQuantizer?: unknown; biasQuantizer?: unknown; activation?: { quantizer: unknown; config: unknown }; quantizers?: object };
    quantized.layers.forEach((layer, i) => {
      const { kernelQuantizer, biasQuantizer, activation, quantizers = {} } = layer as unknown as Quantized;
      const expected = layers[i];
      if (layer.getClassName() === "QBatchNormalization") {
        assert.deepEqual(Object.values(quantizers).map(String), expected.quantizers.map(printed));
      } else if (kernelQuantizer) {
        assert.deepEqual([kernelQuantizer, biasQuantizer].map(String), expected.quantizers.map(printed));
      }
      if (/^Q(Dense|Conv2D|DepthwiseConv2D|Activation)$/.test(layer.getClassName())) {
        assert.equal(String(activation?.quantizer ?? activation?.config), expected.activation);
      }
    });
  });
});
