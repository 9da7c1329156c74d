import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { integerProgram } from "../../lib/integer/integerProgram.js";
import { accumulate, quantizeInput, requantize } from "../../lib/integer/interpretProgram.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { quantizedAffine } from "../../lib/quantizers/quantizedAffine.js";

interface Codes {
  scale: number[];
  zeroPoint: number[];
}

/** A dense network that TFLite quantized to int8, with what its interpreter's reference kernels make of samples. */
interface TfliteNetwork {
  inputs: number;
  input: Codes;
  /** Weights [inputs, units] and biases [units] as integers. */
  layers: { weights: Codes & { codes: number[] }; bias: Codes & { codes: number[] }; output: Codes }[];
  /** Samples [n, inputs]. */
  x: number[];
  /** The codes that come out of the quantized input and of each layer, [n, units]. */
  codes: { input: number[]; layers: number[][] };
}

const network = JSON.parse(readFileSync(join(__dirname, "..", "golden", "tflite.json"), "utf8")) as TfliteNetwork;
const format = ({ scale, zeroPoint }: Codes) => quantizedAffine({ scale: scale[0], zeroPoint: zeroPoint[0] });

/** The same network with the library's layers. */
function build(): tf.Sequential {
  const model = tf.sequential({ layers: [qActivation({ activation: format(network.input), inputShape: [network.inputs] })] });
  for (const [i, { weights, bias, output }] of network.layers.entries()) {
    const units = bias.codes.length;
    const stepOf = ({ scale }: Codes, unit: number): number => scale[scale.length === 1 ? 0 : unit];
    const perUnit = ({ scale }: Codes) => ({ scale: scale.length === 1 ? scale[0] : scale, zeroPoint: 0 });
    const dense = qDense({
      units,
      activation: i < network.layers.length - 1 ? "relu" : null,
      kernelQuantizer: quantizedAffine({ symmetric: true, axis: 1, ...perUnit(weights) }),
      biasQuantizer: quantizedAffine({ bits: 32, axis: 0, ...perUnit(bias) }),
      kernelInitializer: "zeros",
    });
    model.add(dense);
    const kernel = tf.tensor2d(weights.codes.map((code, j) => code * stepOf(weights, j % units)), [weights.codes.length / units, units]);
    dense.setWeights([kernel, tf.tensor1d(bias.codes.map((code, unit) => code * stepOf(bias, unit)))]);
    model.add(qActivation({ activation: format(output) }));
  }
  return model;
}

describe("a program of the network that TFLite quantized", () => {
  const program = integerProgram(build());

  it("has its weights, zero points and, without these, its biases", () => {
    for (const [i, { weights, bias, output }] of network.layers.entries()) {
      const layer = program.layers[i];
      assert.deepEqual([...layer.weights], weights.codes);
      const { zeroPoint } = i === 0 ? program.input : program.layers[i - 1].output!.format;
      const sums = bias.codes.map((_, unit) => weights.codes.reduce((sum, code, j) => sum + (j % layer.units === unit ? code : 0), 0));
      assert.deepEqual([...layer.bias], bias.codes.map((code, unit) => code - zeroPoint * sums[unit]));
      assert.deepEqual([layer.output?.format.zeroPoint, layer.output?.format.scale], [output.zeroPoint[0], output.scale[0]]);
      assert.equal(layer.output?.requantization.kind, "multiplier");
    }
  });

  it("makes of samples, and of each layer's codes, the codes that TFLite makes", () => {
    const x = Float32Array.from(network.x);
    const samples = x.length / network.inputs;
    assert.deepEqual([...quantizeInput(x, program.input)], network.codes.input);
    for (const [i, layer] of program.layers.entries()) {
      const before = Int32Array.from(i === 0 ? network.codes.input : network.codes.layers[i - 1]);
      for (let sample = 0; sample < samples; sample++) {
        const codes = before.subarray(sample * layer.inputs, (sample + 1) * layer.inputs);
        const wanted = network.codes.layers[i].slice(sample * layer.units, (sample + 1) * layer.units);
        assert.deepEqual([...requantize(accumulate(layer, codes), layer.output!)], wanted, `${layer.name}, sample ${sample}`);
      }
    }
  });
});
