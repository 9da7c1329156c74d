import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { assignWeights } from "../../lib/layers/assignWeights.js";
import type { QDense } from "../../lib/layers/qDense.js";
import { dynamicRangeQuantize } from "../../lib/ptq/dynamicRangeQuantize.js";
import type { QuantizedAffine } from "../../lib/quantizers/quantizedAffine.js";
import { outputsOf } from "./drawChain.js";

interface Golden {
  sizes: number[];
  denominator: number;
  kernels: number[][];
  biases: number[][];
  x: number[];
  layers: { codes: number[]; scales: number[] }[];
  asymmetric: number[];
  symmetric: number[];
}

const golden = JSON.parse(readFileSync(join(__dirname, "..", "golden", "tflite-dynamic-range.json"), "utf8")) as Golden;
const { sizes, denominator, kernels, biases, layers } = golden;
const real = (integers: number[]): Float32Array => Float32Array.from(integers, (integer) => integer / denominator);

function build(): tf.Sequential {
  const model = tf.sequential();
  kernels.forEach((kernel, i) => {
    const layer = tf.layers.dense({ units: sizes[i + 1], inputShape: [sizes[i]], ...(i === 0 ? { activation: "relu" } : {}), name: `dense${i}` });
    model.add(layer);
    tf.tidy(() => assignWeights(layer, [tf.tensor(real(kernel), [sizes[i], sizes[i + 1]]), tf.tensor(real(biases[i]))]));
  });
  return model;
}

describe("dynamicRangeQuantize beside TFLite", () => {
  it("gives weights the codes and scales of TFLite's converter", () => {
    const quantized = dynamicRangeQuantize(build());
    layers.forEach(({ codes, scales }, i) => {
      const layer = quantized.getLayer(`dense${i}`) as QDense;
      const quantizer = layer.kernelQuantizer as QuantizedAffine;
      assert.deepEqual([...quantizer.codes(layer.getWeights()[0].dataSync() as Float32Array, [sizes[i], sizes[i + 1]])], codes);
      (quantizer.scales(sizes[i + 1]) as Float32Array).forEach((scale, unit) => assert.ok(Math.abs(scale / scales[unit] - 1) < 2 ** -22));
    });
  });

  for (const asymmetricQuantizeInputs of [true, false]) {
    it(`puts out what TFLite's kernel does, asymmetric_quantize_inputs ${asymmetricQuantizeInputs}`, () => {
      const quantized = dynamicRangeQuantize(build(), { asymmetricQuantizeInputs });
      const outputs = outputsOf(quantized, { values: real(golden.x), shape: [golden.x.length / sizes[0], sizes[0]] });
      golden[asymmetricQuantizeInputs ? "asymmetric" : "symmetric"].forEach((value, i) => assert.ok(Math.abs(value - outputs[i]) < 1e-5, `${i}: ${value} and ${outputs[i]}`));
    });
  }
});
