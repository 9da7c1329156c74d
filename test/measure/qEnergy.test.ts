import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { learnedStepActivation, pactActivation } from "../../lib/layers/learnedActivation.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { countBits } from "../../lib/measure/countBits.js";
import { horowitz } from "../../lib/measure/energy/energyProcess.js";
import { inferDataTypes } from "../../lib/measure/energy/inferDataTypes.js";
import { qEnergy } from "../../lib/measure/qEnergy.js";
import type { LayerEnergy, QEnergyOptions } from "../../lib/measure/qEnergy.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { quantizedAffine } from "../../lib/quantizers/quantizedAffine.js";
import { golden } from "../golden/golden.js";
import { qtools } from "../golden/qtools.js";
import type { QToolsEnergy } from "../golden/qtools.js";
import { coelhoNet, denseNet, fillWeights } from "./denseNet.js";

/** Rows as QTools prints them, with two digits behind the point. */
function assertEnergy(rows: LayerEnergy[], expected: QToolsEnergy): void {
  const { total_cost: totalCost, ...layers } = expected;
  assert.deepEqual(rows.slice(0, -1).map(({ layer }) => layer), Object.keys(layers));
  for (const row of rows.slice(0, -1)) {
    const { energy } = layers[row.layer];
    const pairs = [["inputs", row.inputs], ["outputs", row.outputs], ["parameters", row.parameters], ["op_cost", row.opCost]] as const;
    for (const [key, found] of pairs) {
      assert.ok(Math.abs(found - energy[key]) <= 0.005 + 1e-9, `${row.layer} ${key}: ${found}, not ${energy[key]}`);
    }
  }
  const { inputs, outputs, parameters, opCost } = rows[rows.length - 1];
  assert.equal(Math.floor(inputs + outputs + parameters + opCost), totalCost);
}

describe("qEnergy gives what QTools of QKeras 0.9.0 gives", () => {
  const places = (key: string): QEnergyOptions => {
    const [, weights, activations, io] = /^weights=(\w+),activations=(\w+),rd_wr_on_io=(\w+)$/.exec(key)!;
    return {
      weightsOnMemory: weights as "sram", activationsOnMemory: activations as "sram", rdWrOnIo: io === "True",
      minSramSize: 8 * 16 * 1024 * 1024,
    };
  };

  for (const net of golden.qstats) {
    it(net.name, () => {
      const { sizes, n_in: inputs, activation, kernel_quantizer: kernelQuantizer, bias_quantizer: biasQuantizer } = net;
      const model = denseNet({ inputs, sizes, kernelQuantizer, biasQuantizer, activation });
      for (const [key, expected] of Object.entries(net.qtools_energy)) {
        assertEnergy(qEnergy(model, { ...places(key), sourceQuantizer: net.qtools_source_quantizer }), expected);
      }
    });

    it(`${net.name}: types of products and sums`, () => {
      const { sizes, n_in: inputs, activation, kernel_quantizer: kernelQuantizer, bias_quantizer: biasQuantizer } = net;
      const types = inferDataTypes(denseNet({ inputs, sizes, kernelQuantizer, biasQuantizer, activation }));
      for (const { layer, multiplier, accumulator, output, operations } of types) {
        const expected = net.qtools_map[layer];
        assert.equal(multiplier?.operation, expected.multiplier?.op_type, layer);
        assert.equal(multiplier?.output.bits, expected.multiplier?.bits, layer);
        assert.equal(accumulator?.bits, expected.accumulator?.bits, layer);
        assert.equal(output.bits, expected.output_quantizer.bits, layer);
        if (multiplier) assert.equal(operations, expected.operation_count, layer);
      }
    });
  }

  for (const net of qtools) {
    it(net.name, () => {
      const model = denseNet(net);
      fillWeights(model);
      assertEnergy(qEnergy(model, net.options), net.energy);
    });
  }

  it("a convolutional net: padding, pooling, depthwise and Flatten", () => {
    const model = tf.sequential({
      layers: [
        tf.layers.zeroPadding2d({ inputShape: [12, 12, 2], padding: 1, name: "pad" }),
        tf.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, name: "conv" }),
        qActivation({ activation: "quantized_relu(6,2)", name: "relu" }),
        tf.layers.maxPooling2d({ poolSize: 2, name: "max" }),
        tf.layers.depthwiseConv2d({ kernelSize: 2, name: "depth" }),
        qActivation({ activation: "quantized_relu(5,2)", name: "relu2" }),
        tf.layers.averagePooling2d({ poolSize: 2, strides: 1, name: "avg" }),
        tf.layers.flatten({ name: "flat" }),
        tf.layers.dense({ units: 3, name: "output" }),
      ],
    });
    const energy = (inputs: number, outputs: number, parameters = 0, opCost = 0): QToolsEnergy[string] =>
      ({ energy: { inputs, outputs, parameters, op_cost: opCost } });
    const layers = {
      pad: energy(46807.01, 63709.54),
      conv: energy(63709.54, 93613.47, 7.4, 11923.2),
      relu: energy(93613.47, 17552.73),
      max: energy(17552.73, 4388.28),
      depth: energy(4388.28, 10401.56, 1.75, 294.4),
      relu2: energy(10401.56, 1625.39),
      avg: energy(1625.39, 568.94, 0, 0.35),
      flat: energy(568.94, 568.94),
      output: energy(568.94, 1950.39, 1.56, 55.2),
    };
    const options = { weightsOnMemory: "sram", activationsOnMemory: "dram", minSramSize: 4096 } as const;
    assertEnergy(qEnergy(model, options), { ...layers, total_cost: 445898 } as unknown as QToolsEnergy);
  });
});

describe("qEnergy", () => {
  it("gives the energies that Coelho et al. 2021 print", () => {
    const options = {
      sourceQuantizer: "quantized_bits(15,5,1)", weightsOnMemory: "fixed", activationsOnMemory: "fixed", rdWrOnIo: false,
      minSramSize: 8 * 16 * 1024 * 1024,
    } as const;
    // QTools adds up numbers with two digits behind the point, here 949.00 instead of 948.992.
    const total = (model: tf.LayersModel): number => {
      const rows = qEnergy(model, { ...options, defaultIntermQuantizer: "fp16" }).slice(0, -1);
      const counted = rows.flatMap(({ operation, inputs, parameters, opCost, outputs }) => (operation ? [inputs, parameters, opCost] : [outputs]));
      return Math.floor(counted.reduce((sum, energy) => sum + Math.round(100 * energy), 0) / 100);
    };
    assert.equal(total(coelhoNet(15, 5)), 3439);
    assert.equal(total(coelhoNet(6, 0)), 949);
  });

  it("counts a float model as float32", () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4], activation: "relu" }), tf.layers.dense({ units: 2 })] });
    const rows = qEnergy(model, { weightsOnMemory: "fixed", activationsOnMemory: "fixed", rdWrOnIo: false });
    assert.deepEqual(rows.map(({ opCost }) => Number(opCost.toFixed(9))), [55.2, 27.6, 82.8]);
    assert.deepEqual(rows.map(({ operation, accumulatorBits }) => [operation, accumulatorBits]), [["mul", 32], ["mul", 32], [null, null]]);
  });

  it("does not depend on whether the model is being pruned, nor on dropout", () => {
    const model = denseNet({ inputs: 6, sizes: [5, 2], kernelQuantizer: "quantized_bits(4,0,alpha=1)", biasQuantizer: "quantized_bits(8,3)", activation: "quantized_relu(6,2)" });
    const expected = qEnergy(model).at(-1);
    assert.deepEqual(qEnergy(pruneLowMagnitude(model)).at(-1), expected);
    const layers = model.layers.flatMap((layer) => [layer, tf.layers.dropout({ rate: 0.5 })]).slice(0, -1);
    assert.deepEqual(qEnergy(tf.sequential({ layers })).at(-1), expected);
  });

  it("counts LSQ, PACT and affine numbers as fixed point of as many bits", () => {
    const net = (activation: tf.layers.Layer, kernelQuantizer: Parameters<typeof qDense>[0]["kernelQuantizer"]): tf.Sequential =>
      tf.sequential({ layers: [qDense({ units: 4, inputShape: [8], kernelQuantizer }), activation, qDense({ units: 3, kernelQuantizer })] });
    const opCost = (model: tf.LayersModel): number => qEnergy(model).at(-1)!.opCost;
    const expected = opCost(net(qActivation({ activation: "quantized_relu(5,2)" }), "quantized_bits(6,0,alpha=1)"));
    const affine = quantizedAffine({ bits: 6, symmetric: true });
    assert.equal(opCost(net(learnedStepActivation({ bits: 5 }), affine)), expected);
    assert.equal(opCost(net(pactActivation({ bits: 5 }), affine)), expected);
  });

  it("leaves the step of an LSQ layer that saw no numbers yet to be found", () => {
    const activation = learnedStepActivation({ bits: 4 });
    qEnergy(tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [2] }), activation] }));
    assert.equal(activation.getWeights()[0].dataSync()[0], 0);
  });

  it("takes other energies", () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4] })] });
    assert.equal(qEnergy(model, { process: { ...horowitz, fp32Mul: [0], fp32Add: [1] } })[0].opCost, 12);
  });

  it("names what QTools does not know", () => {
    const [first, last] = [tf.layers.dense({ units: 3, inputShape: [4] }), tf.layers.dense({ units: 2 })];
    const sigmoid = tf.sequential({ layers: [first, qActivation({ activation: "quantized_sigmoid(8)" })] });
    assert.throws(() => qEnergy(sigmoid), { name: "TypeError", message: /^Expected a format that QTools knows \(.*\) but found quantized_sigmoid\(8\)\.$/ });
    const normalized = tf.sequential({ layers: [first, tf.layers.batchNormalization({ name: "norm" }), last] });
    assert.throws(() => qEnergy(normalized), {
      name: "TypeError",
      message: "Expected layers whose numbers QTools can follow but found norm, a BatchNormalization; fold it into the layer before it.",
    });
    const model = tf.sequential({ layers: [first] });
    assert.throws(() => qEnergy(model, { weightsOnMemory: "flash" as "sram" }), {
      name: "RangeError", message: 'Expected weightsOnMemory to be "dram", "sram" or "fixed" but found "flash".',
    });
    assert.throws(() => qEnergy(model, { process: "7nm" as "horowitz" }), RangeError);
  });

  it("leaves no tensors", () => {
    const model = denseNet({ inputs: 6, sizes: [5, 2], kernelQuantizer: "ternary(alpha=1)", biasQuantizer: "quantized_bits(8,3)", activation: "quantized_relu(6,2)" });
    const { numTensors } = tf.memory();
    qEnergy(model);
    assert.equal(tf.memory().numTensors, numTensors);
  });
});

describe("countBits", () => {
  it("gives the bits that Coelho et al. 2021 print", () => {
    assert.equal(countBits(coelhoNet(15, 5)).at(-1)!.total, 67_795);
    assert.equal(countBits(coelhoNet(6, 0)).at(-1)!.total, 27_142);
  });

  it("counts parameters and activated outputs, float ones with 32 bits", () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [4], activation: "relu", name: "a" }),
        tf.layers.dropout({ rate: 0.5 }),
        tf.layers.dense({ units: 2, activation: "softmax", name: "b" }),
      ],
    });
    assert.deepEqual(countBits(model), [
      { layer: "a", parameters: 15 * 32, activations: 3 * 32, total: 18 * 32 },
      { layer: "b", parameters: 8 * 32, activations: 2 * 8, total: 8 * 32 + 16 },
      { layer: "total", parameters: 23 * 32, activations: 3 * 32 + 16, total: 26 * 32 + 16 },
    ]);
    assert.equal(countBits(tf.sequential({ layers: [model] })).at(-1)!.total, 26 * 32 + 16);
  });
});
