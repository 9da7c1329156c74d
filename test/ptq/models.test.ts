import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import type { Matrix } from "../../lib/data/matrix.js";
import { createRandom } from "../../lib/data/random.js";
import { readModel } from "../../lib/files/readModel.js";
import { sizeReport } from "../../lib/files/sizeReport.js";
import { writeModel } from "../../lib/files/writeModel.js";
import type { QDense } from "../../lib/layers/qDense.js";
import { qDense } from "../../lib/layers/qDense.js";
import { calibrate } from "../../lib/ptq/calibrate.js";
import { dynamicRangeQuantize } from "../../lib/ptq/dynamicRangeQuantize.js";
import { fullIntegerQuantize } from "../../lib/ptq/fullIntegerQuantize.js";
import { weightOnlyQuantize } from "../../lib/ptq/weightOnlyQuantize.js";
import type { QuantizedAffine } from "../../lib/quantizers/quantizedAffine.js";
import { predict } from "../../lib/training/predict.js";
import { drawChain, drawSamples, meanSquare, outputsOf, weightsOf } from "./drawChain.js";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "quantized models "));
});
after(() => rm(folder, { recursive: true }));

const SIZES = [20, 16, 12, 5];
const x = drawSamples(60, SIZES[0]);
const round = (value: number): number => Math.sign(value) * Math.floor(Math.abs(value) + 0.5);

/** Writes and reads a model; its outputs must be the same, and each weight takes just its bits. */
async function roundTrip(model: tf.LayersModel, bits: { kernel: number; bias: number }): Promise<void> {
  const path = join(folder, "model.tfcm");
  assert.equal(await writeModel(model, path), (await stat(path)).size);
  const again = await readModel(path);
  assert.deepEqual(outputsOf(again, x), outputsOf(model, x));
  const [report] = await sizeReport(path);
  assert.equal(report.bytes, report.headerBytes + report.listBytes + report.weightBytes);
  for (const { name, bytes, numbers } of report.tensors) {
    assert.equal(bytes, Math.ceil((numbers * bits[name.endsWith("/bias") ? "bias" : "kernel"]) / 8), name);
  }
  again.dispose();
}

describe("weightOnlyQuantize", () => {
  it("brings kernels onto a grid of the bits asked for, at most half a step away, and leaves the rest", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 16 }), fc.boolean(), fc.nat(99), (bits, perChannel, seed) => {
        const model = drawChain({ sizes: [6, 5, 3], seed });
        const quantized = weightOnlyQuantize(model, { bits, perChannel });
        const [kernel, bias] = weightsOf(model);
        const layer = quantized.getLayer("dense0") as QDense;
        const [seen, kept] = tf.tidy(() => layer.quantizedWeights().map((weight) => Float32Array.from(weight!.dataSync())));
        assert.deepEqual(kept, bias);
        const most = 2 ** (bits - 1) - 1;
        seen.forEach((value, i) => {
          const group = kernel.filter((_, j) => !perChannel || j % 5 === i % 5);
          const step = Math.max(...group.map(Math.abs)) / most;
          assert.ok(Math.abs(value - kernel[i]) <= (step / 2) * (1 + 1e-4) + 1e-7);
          assert.ok(Math.abs(value / step - Math.round(value / step)) < 1e-2 * Math.max(1, Math.abs(value / step) / 100));
        });
        model.dispose();
        quantized.dispose();
      }),
      { numRuns: 40 },
    );
  });

  it("quantizes layers by name, a finer one better", () => {
    const model = drawChain({ sizes: SIZES, seed: 2, ending: "linear" });
    const some = weightOnlyQuantize(model, { bits: { dense1: 3 } });
    assert.deepEqual(some.layers.map((layer) => layer.getClassName()), ["Dense", "QDense", "Dense"]);
    const wanted = outputsOf(model, x);
    const errors = [2, 4, 8, 16].map((bits) => meanSquare(outputsOf(weightOnlyQuantize(model, { bits }), x), wanted));
    errors.slice(1).forEach((error, i) => assert.ok(error < errors[i] / 4, `${errors}`));
    assert.throws(() => weightOnlyQuantize(model, { bits: { dense7: 3 } }), { name: "RangeError", message: /dense0, dense1, dense2, but found dense7/ });
    assert.throws(() => weightOnlyQuantize(model, { bits: 1 }), RangeError);
  });

  for (const bits of [2, 3, 4, 7, 8, 16]) {
    it(`is written in ${bits} bits a weight`, async () => {
      for (const perChannel of [true, false]) {
        await roundTrip(weightOnlyQuantize(drawChain({ sizes: SIZES, seed: bits }), { bits, perChannel, method: "mse" }), { kernel: bits, bias: 32 });
      }
    });
  }

  it("writes a kernel whose scales are found at each call, too", async () => {
    for (const seed of [1, 2, 3]) {
      const kernelQuantizer = "quantized_affine(8,symmetric=True,axis=1)";
      const model = tf.sequential({ layers: [qDense({ units: 200, inputShape: [20], kernelQuantizer, kernelInitializer: tf.initializers.randomNormal({ seed }) as never })] });
      const path = join(folder, "automatic.tfcm");
      await writeModel(model, path);
      const again = await readModel(path);
      assert.deepEqual(outputsOf(again, x), outputsOf(model, x));
      assert.equal((await sizeReport(path))[0].tensors[0].bytes, 20 * 200 + 4 * 200);
    }
  });
});

describe("weightOnlyQuantize of heavy-tailed kernels", () => {
  it("has a smaller error of outputs with mse than with minMax", () => {
    for (const seed of [1, 2, 3]) {
      const model = drawChain({ sizes: [60, 30], seed, ending: "linear", draw: (normal) => normal() * Math.exp(8 * normal()) });
      // Of mean 0: the errors of a unit's weights add up by their squares, which is what mse looks at.
      const random = createRandom(seed);
      const samples: Matrix = { values: Float32Array.from({ length: 500 * 60 }, () => random.normal()), shape: [500, 60] };
      const wanted = outputsOf(model, samples);
      for (const perChannel of [true, false]) {
        const [minMax, mse] = (["minMax", "mse"] as const).map((method) => weightOnlyQuantize(model, { bits: 4, perChannel, method }));
        const [worse, better] = [minMax, mse].map((each) => meanSquare(outputsOf(each, samples), wanted));
        assert.ok(better < worse, `${better} against ${worse}`);
      }
    }
  });
});

describe("dynamicRangeQuantize", () => {
  /** What TFLite's hybrid FullyConnected computes, in double precision: integers times a scale for each row. */
  function hybrid(row: number[], layer: QDense, asymmetric: boolean): number[] {
    const [low, high] = [Math.min(0, ...row), Math.max(0, ...row)];
    const scale = Math.fround(asymmetric ? (high - low) / 255 : Math.max(-low, high) / 127) || 1;
    const zero = asymmetric ? Math.min(127, Math.max(-128, round(-128 - low / scale))) : 0;
    const codes = row.map((value) => Math.min(127, Math.max(asymmetric ? -128 : -127, zero + round(Math.fround(value / scale)))) - zero);
    const [kernel, bias] = layer.getWeights().map((weight) => weight.dataSync() as Float32Array);
    const quantizer = layer.kernelQuantizer as QuantizedAffine;
    const weights = quantizer.codes(kernel, [row.length, layer.units]);
    const scales = quantizer.scales(layer.units) as Float32Array;
    return Array.from(bias, (b, unit) => b + scale * scales[unit] * codes.reduce((sum, code, i) => sum + code * weights[i * layer.units + unit], 0));
  }

  for (const asymmetricQuantizeInputs of [false, true]) {
    it(`computes what TFLite's kernel does, row by row (asymmetric_quantize_inputs ${asymmetricQuantizeInputs})`, async () => {
      const model = drawChain({ sizes: SIZES, seed: 3, ending: "linear" });
      const quantized = dynamicRangeQuantize(model, { asymmetricQuantizeInputs });
      const columns = SIZES.at(-1) as number;
      const outputs = outputsOf(quantized, x);
      assert.deepEqual((await predict(quantized, x)).values.map((value) => Math.fround(value * 1e4) | 0), outputs.map((value) => Math.fround(value * 1e4) | 0));
      const float = outputsOf(model, x);
      for (let sample = 0; sample < x.shape[0]; sample++) {
        let row = Array.from(x.values.subarray(sample * SIZES[0], (sample + 1) * SIZES[0]));
        for (const name of ["dense0", "dense1", "dense2"]) {
          const sums = hybrid(row, quantized.getLayer(name) as QDense, asymmetricQuantizeInputs);
          row = name === "dense2" ? sums : sums.map((sum) => Math.max(0, sum));
        }
        row.forEach((value, i) => {
          assert.ok(Math.abs(value - outputs[sample * columns + i]) < 0.02, "up to a code that float32 sums may move");
          assert.ok(Math.abs(value - float[sample * columns + i]) < 0.1);
        });
      }
      // A row does not depend on those beside it.
      const alone = outputsOf(quantized, { values: x.values.slice(0, SIZES[0]), shape: [1, SIZES[0]] });
      alone.forEach((value, i) => assert.ok(Math.abs(value - outputs[i]) < 1e-5));
    });
  }

  it("is written in 8 bits a weight", async () => {
    await roundTrip(dynamicRangeQuantize(drawChain({ sizes: SIZES, seed: 4 })), { kernel: 8, bias: 32 });
  });

  it("refuses quantized activations", () => {
    assert.throws(() => dynamicRangeQuantize(dynamicRangeQuantize(drawChain({ sizes: SIZES, seed: 4 }))), { name: "TypeError", message: /whose activations are float/ });
  });
});

describe("fullIntegerQuantize", () => {
  it("computes integers only, as worked out by hand, from the codes of the input to those of the logits", async () => {
    const model = drawChain({ sizes: SIZES, seed: 6 });
    const calibration = await calibrate(model, x);
    for (const perChannel of [true, false]) {
      const tensors = tf.memory().numTensors;
      const quantized = fullIntegerQuantize(model, calibration, { perChannel });
      assert.equal(tf.memory().numTensors, tensors + quantized.weights.length);
      const layers = quantized.layers as unknown as { quantizer: QuantizedAffine }[];
      assert.deepEqual(quantized.layers.map((layer) => layer.name), [
        "dense0_input", "dense0", "dense0_output", "dense1", "dense1_output", "dense2", "dense2_output", "dense2_softmax",
      ]);
      let codes = layers[0].quantizer.codes(x.values, x.shape);
      let [inputScale, inputZero] = [Number(layers[0].quantizer.scale), layers[0].quantizer.zeroPoint[0]];
      for (let i = 0; i < 3; i++) {
        const [inputs, units] = [SIZES[i], SIZES[i + 1]];
        const layer = quantized.layers[1 + 2 * i] as QDense;
        const [kernel, bias] = layer.getWeights().map((weight) => weight.dataSync() as Float32Array);
        const weights = (layer.kernelQuantizer as QuantizedAffine).codes(kernel, [inputs, units]);
        const weightScales = (layer.kernelQuantizer as QuantizedAffine).scales(units) as Float32Array;
        const biases = (layer.biasQuantizer as QuantizedAffine).codes(bias, [units]);
        assert.ok(weights.every((code) => code >= -127 && code <= 127));
        const { quantizer } = layers[2 + 2 * i];
        quantizer.quantize(new Float32Array(1), [1]);
        const [scale, zero] = [Number(quantizer.scale), quantizer.zeroPoint[0]];
        codes = Int32Array.from({ length: x.shape[0] * units }, (_, at) => {
          const [sample, unit] = [Math.floor(at / units), at % units];
          let sum = biases[unit];
          for (let k = 0; k < inputs; k++) sum += (codes[sample * inputs + k] - inputZero) * weights[k * units + unit];
          assert.ok(Math.abs(sum) < 2 ** 31);
          return Math.min(127, Math.max(i < 2 ? zero : -128, zero + round((sum * inputScale * weightScales[unit]) / scale)));
        });
        if (i < 2) assert.equal(zero, -128, "a ReLU is a range that begins at 0");
        [inputScale, inputZero] = [scale, zero];
      }
      const logits = tf.tensor2d(Float32Array.from(codes, (code) => (code - inputZero) * inputScale), [x.shape[0], 5]);
      const expected = tf.softmax(logits).dataSync();
      // A sum of float32 numbers may be rounded to the next code.
      const found = outputsOf(quantized, x);
      const near = found.filter((value, i) => Math.abs(value - expected[i]) < 1e-4).length;
      assert.ok(near >= found.length * 0.98, `${near} of ${found.length}`);
      assert.ok(Math.sqrt(meanSquare(found, outputsOf(model, x))) < 0.01);
    }
  });

  it("has a smaller error of outputs with mse and kl than with minMax where a layer puts out a few very large numbers", async () => {
    for (const seed of [1, 2, 3]) {
      const model = drawChain({ sizes: SIZES, seed, ending: "linear" });
      const samples = drawSamples(400, SIZES[0], seed);
      // Every hundredth sample is thirty times as bright.
      const outliers = { ...samples, values: samples.values.map((value, i) => value * (Math.floor(i / SIZES[0]) % 100 === 0 ? 30 : 1)) };
      const usual = drawSamples(300, SIZES[0], seed + 50);
      const wanted = outputsOf(model, usual);
      const methods = ["minMax", "mse", "kl"] as const;
      const errors = await Promise.all(
        methods.map(async (method) => {
          const calibration = await calibrate(model, outliers, { method, bits: 6 });
          return meanSquare(outputsOf(fullIntegerQuantize(model, calibration, { bits: 8, activationBits: 6 }), usual), wanted);
        }),
      );
      // mse weighs the bright samples too, with the squares of their errors.
      assert.ok(errors[1] < errors[0], `mse ${errors[1]} against ${errors[0]}`);
      assert.ok(errors[2] < errors[0] / 2, `kl ${errors[2]} against ${errors[0]}`);
    }
  });

  for (const perChannel of [true, false]) {
    it(`is written in 8 bits a weight and 32 a bias, scales ${perChannel ? "of channels" : "of kernels"} as float32`, async () => {
      const model = drawChain({ sizes: SIZES, seed: 7 });
      const quantized = fullIntegerQuantize(model, await calibrate(model, x, { method: "mse" }), { perChannel });
      await roundTrip(quantized, { kernel: 8, bias: 32 });
      const [{ listBytes }] = await sizeReport(join(folder, "model.tfcm"));
      assert.equal(listBytes, perChannel ? 4 * 2 * (16 + 12 + 5) : 0, "a scale for each kernel's channel and for each bias");
    });
  }

  it("keeps a bias that is large against its weights, and takes layers without bias and images", async () => {
    const layers = [
      tf.layers.flatten({ inputShape: [4, 5] }),
      tf.layers.dense({ name: "a", units: 3, activation: "relu", useBias: false }),
      tf.layers.dropout({ rate: 0.3 }),
      tf.layers.dense({ name: "b", units: 2 }),
    ];
    const model = tf.sequential({ layers });
    model.getLayer("b").setWeights([tf.tensor2d([1e-9, 0, 1e-9, 0, 1e-9, 0], [3, 2]), tf.tensor1d([3, -2])]);
    const images = tf.tensor3d(x.values, [60, 4, 5]);
    const calibration = await calibrate(model, images);
    // With formats that the kernels have already, too.
    for (const given of [model, weightOnlyQuantize(model), weightOnlyQuantize(model, { perChannel: false })]) {
      const outputs = (fullIntegerQuantize(given, calibration).predict(images) as tf.Tensor).dataSync();
      outputs.forEach((value, i) => assert.ok(Math.abs(value - (i % 2 === 0 ? 3 : -2)) < 0.02, `${value}`));
    }
  });

  it("keeps the kernel of a weight-only quantized model, and refuses what integers cannot do", async () => {
    const model = drawChain({ sizes: SIZES, seed: 8 });
    const calibration = await calibrate(model, x);
    const weights = weightOnlyQuantize(model, { bits: 3, method: "mse" });
    const quantized = fullIntegerQuantize(weights, calibration);
    for (const name of ["dense0", "dense1", "dense2"]) {
      const [before, after] = [weights, quantized].map((each) => (each.getLayer(name) as QDense).kernelQuantizer?.getConfig());
      assert.deepEqual(after, before);
    }
    const tanh = tf.sequential({ layers: [tf.layers.dense({ name: "dense0", units: 3, inputShape: [20], activation: "tanh" })] });
    assert.throws(() => fullIntegerQuantize(tanh, calibration), { name: "TypeError", message: /dense0 to be followed by ReLU or nothing, which integers can do, but found tanh/ });
    const other = tf.sequential({ layers: [tf.layers.dense({ name: "other", units: 3, inputShape: [20] })] });
    assert.throws(() => fullIntegerQuantize(other, calibration), { name: "TypeError", message: /a range of other in the calibration but found dense0, dense1, dense2/ });
    assert.throws(() => fullIntegerQuantize(model, calibration, { activationBits: 40 }), RangeError);
  });
});
