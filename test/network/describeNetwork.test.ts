import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { describeNetwork } from "../../lib/network/describeNetwork.js";
import { constantSparsity } from "../../lib/pruning/constantSparsity.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";

const { dense } = tf.layers;
afterEach(() => tf.disposeVariables());

describe("describeNetwork", () => {
  it("gives layers, weights, formats, limits and masks as plain data", () => {
    const plain = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [2, 3] }),
        qDense({
          units: 4,
          kernelQuantizer: "quantized_bits(4,2,alpha=1)",
          biasQuantizer: "quantized_bits(4,0,alpha='auto')",
          activation: "quantized_relu(3,1)",
        }),
        tf.layers.dropout({ rate: 0.25 }),
        dense({
          units: 2,
          useBias: false,
          activation: "softmax",
          kernelRegularizer: tf.regularizers.l1l2({ l1: 0.5, l2: 0.25 }),
          kernelConstraint: tf.constraints.unitNorm({ axis: 0 }),
        }),
      ],
    });
    const pruningSchedule = constantSparsity({ targetSparsity: 0.5, beginStep: 0 });
    const { network, variables } = describeNetwork(pruneLowMagnitude(plain, { pruningSchedule, layers: [plain.layers[3].name] }));
    assert.equal(network.inputs, 6);
    assert.deepEqual(
      network.layers.map(({ kind }) => kind),
      ["dense", "activation", "dropout", "dense", "activation"],
    );
    const [first, relu, dropout, last, softmax] = network.layers;
    assert.ok(first.kind === "dense" && last.kind === "dense" && first.bias);
    assert.deepEqual(first.kernel.format, { kind: "fixedPoint", step: 0.5, low: -8, high: 7, alpha: 1, ceiling: null });
    assert.deepEqual([first.kernel.shape, first.kernel.limit, first.bias.limit], [[6, 4], 4, 1]);
    assert.equal(first.bias.format?.kind, "custom", "a bias has no column of its own");
    assert.deepEqual(relu, {
      kind: "activation",
      activation: { kind: "fixedPoint", step: 0.25, low: 0, high: 7, alpha: 1, ceiling: 1.75 },
    });
    assert.deepEqual(dropout, { kind: "dropout", rate: 0.25 });
    assert.deepEqual(softmax, { kind: "activation", activation: "softmax" });
    const { bias, units, kernel } = last;
    assert.deepEqual([bias, units, kernel.limit, kernel.format], [null, 2, null, null]);
    assert.deepEqual(kernel.regularizer, { l1: 0.5, l2: 0.25 });
    assert.deepEqual(kernel.constraint, { kind: "norm", low: 1, high: 1, rate: 1 });
    assert.deepEqual(kernel.pruning, {
      mask: new Float32Array(8).fill(1),
      behaviour: "exact",
      pattern: { blockSize: [1, 1], blockPoolingType: "AVG", sparsityMByN: null, scope: "layer" },
      schedule: { className: "ConstantSparsity", config: pruningSchedule.getConfig() },
    });
    assert.deepEqual(
      variables.map(({ part, weight }) => [part, weight.shape.join()]),
      [
        ["values", "6,4"],
        ["values", "4"],
        ["values", "4,2"],
        ["mask", "4,2"],
      ],
    );
    // It can be sent to a worker.
    const formats = network.layers.filter((layer) => layer !== first);
    assert.deepEqual(structuredClone(formats), formats);
  });

  it("says which weights are trained", () => {
    const model = tf.sequential({
      layers: [dense({ units: 2, inputShape: [2], trainable: false }), tf.layers.batchNormalization({}), dense({ units: 2 })],
    });
    const trained = (options?: { trainable: boolean }): boolean[] =>
      describeNetwork(model, options).variables.map(({ weight }) => weight.trainable);
    assert.deepEqual(trained(), [false, false, true, true, false, false, true, true]);
    assert.deepEqual(trained({ trainable: false }), new Array(8).fill(false));
  });

  it("finds the same network in a functional model and in one inside of another", () => {
    const layers = (): tf.layers.Layer[] => [
      qActivation({ activation: "quantized_bits(4,0,alpha=1)", inputShape: [3] }),
      dense({ units: 4, activation: "tanh", kernelInitializer: "ones" }),
      dense({ units: 2, kernelInitializer: "ones" }),
    ];
    const sequential = tf.sequential({ layers: layers() });
    const [head, ...tail] = layers();
    const nested = tf.sequential({ layers: [tf.sequential({ layers: [head, tail[0]] }), tail[1]] });
    const input = tf.input({ shape: [3] });
    const output = layers().reduce((x: tf.SymbolicTensor, layer) => layer.apply(x) as tf.SymbolicTensor, input);
    const functional = tf.model({ inputs: input, outputs: output });
    // Names differ: tfjs counts its layers.
    const plain = (model: tf.LayersModel): unknown =>
      JSON.parse(JSON.stringify(describeNetwork(model).network, (key, value: unknown) => (key === "name" ? undefined : value)));
    assert.deepEqual(plain(nested), plain(sequential));
    assert.deepEqual(plain(functional), plain(sequential));
  });

  it("copies the weights", () => {
    const model = tf.sequential({ layers: [dense({ units: 1, inputShape: [1], kernelInitializer: "ones" })] });
    const { network } = describeNetwork(model);
    const [layer] = network.layers;
    assert.ok(layer.kind === "dense");
    layer.kernel.values[0] = 7;
    assert.equal(model.getWeights()[0].dataSync()[0], 1);
  });
});
