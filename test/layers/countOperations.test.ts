import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { qDense } from "../../lib/layers/qDense.js";
import { countOperations } from "../../lib/layers/countOperations.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";

describe("countOperations", () => {
  it("gives the numbers of LeNet-300-100: 266,610 params, 266,200 multiply-accumulates", () => {
    const dense = (units: number, inputShape?: number[]): tf.layers.Layer =>
      tf.layers.dense({ units, kernelInitializer: "zeros", ...(inputShape && { inputShape }) });
    const model = tf.sequential({ layers: [dense(300, [784]), dense(100), dense(10)] });
    assert.deepEqual(countOperations(model).at(-1), { layer: "total", params: 266_610, macs: 266_200 });
    assert.deepEqual(countOperations(pruneLowMagnitude(model)), countOperations(model));
  });

  it("counts a convolution's kernel once a position, and dense layers on maps too", () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 6, kernelSize: 5, inputShape: [28, 28, 1], padding: "same", name: "conv" }),
        tf.layers.batchNormalization({ name: "norm" }),
        tf.layers.averagePooling2d({ poolSize: 2 }),
        tf.layers.depthwiseConv2d({ kernelSize: 3, strides: 2, useBias: false, name: "depthwise" }),
        qDense({ units: 4, name: "onMap" }),
        tf.layers.flatten(),
        tf.sequential({ layers: [tf.layers.dense({ units: 10, useBias: false, inputShape: [144], name: "inner" })] }),
      ],
    });
    const rows = countOperations(model);
    assert.deepEqual(rows, [
      { layer: "conv", params: 25 * 6 + 6, macs: 25 * 6 * 28 * 28 },
      { layer: "norm", params: 24, macs: 0 },
      { layer: "depthwise", params: 54, macs: 54 * 6 * 6 },
      { layer: "onMap", params: 28, macs: 24 * 6 * 6 },
      { layer: "inner", params: 1440, macs: 1440 },
      { layer: "total", params: model.countParams(), macs: 117600 + 1944 + 864 + 1440 },
    ]);
  });

  it("counts the other convolutions: both kernels of a separable one, a transposed one's at each place of its input", () => {
    const model = tf.sequential({
      layers: [
        tf.layers.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2, inputShape: [8, 8, 3], name: "separable" }),
        tf.layers.conv2dTranspose({ filters: 4, kernelSize: 2, strides: 2, name: "transposed" }),
        tf.layers.reshape({ targetShape: [144, 4] }),
        tf.layers.conv1d({ filters: 2, kernelSize: 5, useBias: false, name: "sequence" }),
      ],
    });
    assert.deepEqual(countOperations(model), [
      { layer: "separable", params: 54 + 30 + 5, macs: (54 + 30) * 36 },
      { layer: "transposed", params: 80 + 4, macs: 80 * 36 },
      { layer: "sequence", params: 40, macs: 40 * 140 },
      { layer: "total", params: model.countParams(), macs: 3024 + 2880 + 5600 },
    ]);
    const volumes = tf.sequential({ layers: [tf.layers.conv3d({ filters: 2, kernelSize: 2, inputShape: [3, 3, 3, 1] })] });
    assert.equal(countOperations(volumes).at(-1)?.macs, 16 * 8);
    const words = tf.sequential({ layers: [tf.layers.embedding({ inputDim: 50, outputDim: 4, inputLength: 7 })] });
    assert.deepEqual(countOperations(words).at(-1), { layer: "total", params: 200, macs: 0 });
  });

  it("refuses layers that it has no count for, and maps of unknown size", () => {
    const recurrent = tf.sequential({ layers: [tf.layers.simpleRNN({ units: 2, inputShape: [3, 1], name: "recurrent" })] });
    assert.throws(() => countOperations(recurrent), { name: "TypeError", message: /found recurrent, a SimpleRNN/ });
    const batchInputShape = [null, null, null, 1];
    const open = tf.sequential({ layers: [tf.layers.conv2d({ filters: 1, kernelSize: 1, batchInputShape, name: "open" })] });
    assert.throws(() => countOperations(open), { name: "TypeError", message: /open gives the shape \[,,1\]/ });
  });
});
