import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { ready } from "../../lib/backend.js";
import { decodeFile } from "../../lib/files/format.js";
import { readBytes, readModel } from "../../lib/files/readModel.js";
import { writeModel } from "../../lib/files/writeModel.js";
import { cloneModel } from "../../lib/layers/cloneModel.js";
import { countOperations } from "../../lib/layers/countOperations.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qBatchNormalization } from "../../lib/layers/qBatchNormalization.js";
import { qConv2D } from "../../lib/layers/qConv2D.js";
import { qDense } from "../../lib/layers/qDense.js";
import { qDepthwiseConv2D } from "../../lib/layers/qDepthwiseConv2D.js";
import { qStats } from "../../lib/measure/qStats.js";
import { sparsityReport } from "../../lib/measure/sparsityReport.js";
import { constantSparsity } from "../../lib/pruning/constantSparsity.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { stripPruning } from "../../lib/pruning/stripPruning.js";
import { maskUnits } from "../../lib/pruning/structural/maskUnits.js";
import { removeUnits } from "../../lib/pruning/structural/removeUnits.js";
import { adam } from "../../lib/training/adam.js";
import { fit } from "../../lib/training/fit.js";

const bits = "quantized_bits(5,1,alpha=1)";

/** Every new layer, with formats of all kinds; 8x8x2 to 4. */
function buildModel(): tf.Sequential {
  const conv = {
    filters: 5, kernelSize: 3, strides: 2, padding: "same" as const, inputShape: [8, 8, 2], name: "conv",
    kernelQuantizer: "quantized_bits(4,0,alpha='auto')", biasQuantizer: "quantized_bits(6,1)", biasInitializer: tf.initializers.randomNormal({ seed: 2 }),
    kernelInitializer: tf.initializers.heNormal({ seed: 1 }),
  };
  return tf.sequential({
    layers: [
      qConv2D(conv),
      qBatchNormalization({ name: "norm", gammaQuantizer: null }),
      qActivation({ activation: "quantized_relu(6,2)" }),
      qDepthwiseConv2D({
        kernelSize: [2, 3], depthMultiplier: 2, name: "depthwise", useBias: false, activation: "quantized_relu(6,2)",
        depthwiseQuantizer: "quantized_bits(4,1,alpha='auto_po2',scale_axis=2)", depthwiseRegularizer: "l2",
      }),
      tf.layers.flatten(),
      qDense({ units: 4, kernelQuantizer: bits, biasQuantizer: bits, name: "dense" }),
    ],
  });
}

const x = tf.randomNormal([6, 8, 8, 2], 0, 1, "float32", 4);
const outputs = (model: tf.LayersModel): number[] => [...(model.predict(x) as tf.Tensor).dataSync()];

let folder = "";
before(async () => {
  await ready();
  folder = await mkdtemp(join(tmpdir(), "convolutions "));
});
after(() => rm(folder, { recursive: true }));

describe("QConv2D and QDepthwiseConv2D", () => {
  const sizes = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }));
  const geometry = fc.record({
    kernelSize: sizes,
    strides: sizes,
    padding: fc.constantFrom<"same" | "valid">("same", "valid"),
    useBias: fc.boolean(),
  });

  it("without quantizers are tfjs's Conv2D and DepthwiseConv2D, gradients too", () => {
    fc.assert(
      fc.property(geometry, fc.boolean(), fc.integer({ min: 1, max: 3 }), (args, depthwise, outputsEach) => {
        tf.tidy(() => {
          const shape = { ...args, inputShape: [5, 4, 2] };
          const [own, plain] = depthwise
            ? [qDepthwiseConv2D({ ...shape, depthMultiplier: outputsEach }), tf.layers.depthwiseConv2d({ ...shape, depthMultiplier: outputsEach })]
            : [qConv2D({ ...shape, filters: outputsEach }), tf.layers.conv2d({ ...shape, filters: outputsEach })];
          const models = [own, plain].map((layer) => tf.sequential({ layers: [layer] }));
          plain.setWeights(own.getWeights());
          const images = tf.randomNormal([2, 5, 4, 2], 0, 1, "float32", 9);
          const [found, expected] = models.map((model) => {
            const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
            const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(model.apply(images) as tf.Tensor)), variables);
            return [...value.dataSync(), ...variables.flatMap(({ name }) => [...grads[name].dataSync()])];
          });
          assert.deepEqual(models[0].outputs[0].shape, models[1].outputs[0].shape);
          found.forEach((number, i) => assert.ok(Math.abs(number - expected[i]) <= 1e-5 * Math.max(1, Math.abs(expected[i]))));
          models.forEach((model) => model.dispose());
        });
      }),
      { numRuns: 40, seed: 2 },
    );
  });

  it("compute with weights on the grid, and stay exact for numbers on grids", () => {
    const layer = qConv2D({ filters: 1, kernelSize: 2, inputShape: [2, 2, 1], kernelQuantizer: bits, biasQuantizer: bits });
    const model = tf.sequential({ layers: [layer] });
    layer.setWeights([tf.tensor4d([0.03, 0.07, 1.01, -5], [2, 2, 1, 1]), tf.tensor1d([0.3])]);
    // 0, 0.125 (0.07 is more than half of it), 1, -2 and 0.25
    assert.deepEqual([...(model.predict(tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1])) as tf.Tensor).dataSync()], [0 + 0.25 + 3 - 8 + 0.25]);
    assert.equal((layer.getWeights()[0].dataSync() as Float32Array)[0], Math.fround(0.03));
    layer.clipWeights();
    assert.equal((layer.getWeights()[0].dataSync() as Float32Array)[3], -2);
  });

  it("refuse what makes no convolution", () => {
    assert.throws(() => qConv2D({ filters: 0, kernelSize: 3 }), { name: "RangeError", message: /filters to be a whole number above 0 but found 0/ });
    const missing = /^QConv2D: expected kernelSize to be one or two whole numbers above 0 but found undefined\.$/;
    assert.throws(() => qConv2D({ filters: 1 } as Parameters<typeof qConv2D>[0]), { name: "TypeError", message: missing });
    assert.throws(() => qConv2D({ filters: 1, kernelSize: [3, 0] }), { name: "RangeError", message: /kernelSize.*found \[3,0\]/ });
    assert.throws(() => qConv2D({ filters: 1, kernelSize: 3, strides: 2, dilationRate: 2 }), { name: "RangeError", message: /strides or dilationRate/ });
    assert.throws(() => qConv2D({ filters: 1, kernelSize: 3, padding: "causal" as "same" }), { name: "RangeError", message: /found "causal"/ });
    assert.throws(() => qConv2D({ filters: 1, kernelSize: 3, dataFormat: "channelsFirst" as "channelsLast" }), { name: "RangeError", message: /found channelsFirst/ });
    assert.throws(() => qDepthwiseConv2D({ kernelSize: 3, depthMultiplier: 0.5 }), { name: "RangeError", message: /depthMultiplier.*found 0.5/ });
    assert.throws(() => qConv2D({ filters: 1, kernelSize: 3, inputShape: [4, 4] }).apply(tf.input({ shape: [4, 4] })), { name: "TypeError", message: /found \[,4,4\]/ });
  });
});

describe("a model of quantized convolutions", () => {
  it("gives the same outputs after tfjs saved and loaded it", async () => {
    const model = buildModel();
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler((artifacts) => {
        saved = artifacts;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } });
      }),
    );
    const topology = JSON.parse(JSON.stringify(saved?.modelTopology)) as object; // through text, as a file would hold it
    const loaded = await tf.loadLayersModel(tf.io.fromMemory({ ...saved, modelTopology: topology }));
    assert.deepEqual(outputs(loaded), outputs(model));
    assert.deepEqual(loaded.layers.map((layer) => layer.getConfig()), model.layers.map((layer) => layer.getConfig()));
  });

  for (const encoding of ["dense", "auto"] as const) {
    it(`goes through the library's file, packed: ${encoding}`, async () => {
      const path = join(folder, `${encoding}.tfcm`);
      const model = buildModel();
      await writeModel(model, path, { encoding });
      const { tensors } = decodeFile(await readBytes(path), path).header;
      assert.deepEqual(tensors.map(({ name, kind }) => `${name} ${kind}`), [
        "conv/kernel packed", "conv/bias packed", "norm/gamma float32", "norm/beta float32", "norm/moving_mean float32",
        "norm/moving_variance float32", "depthwise/depthwise_kernel packed", "dense/kernel packed", "dense/bias packed",
      ]);
      const read = await readModel(path);
      assert.deepEqual(outputs(read), outputs(model));
      assert.equal((read.getLayer("norm") as ReturnType<typeof qBatchNormalization>).quantizers.gamma, null);
    });
  }

  it("is cloned, pruned by fit, and stripped", async () => {
    const model = buildModel();
    assert.deepEqual(outputs(cloneModel(model)), outputs(model));
    const pruned = pruneLowMagnitude(model, { pruningSchedule: constantSparsity({ targetSparsity: 0.5, beginStep: 1, frequency: 1 }) });
    pruned.compile({ optimizer: adam(1e-2), loss: tf.losses.softmaxCrossEntropy });
    const y = tf.oneHot(tf.tensor1d([0, 1, 2, 3, 0, 1], "int32"), 4).toFloat();
    const before = outputs(pruned);
    const { history } = await fit(pruned, x, y, { epochs: 15, batchSize: 3, seed: 1, verbose: 0 });
    assert.ok(history.loss[14] < history.loss[0], `loss ${history.loss}`);
    assert.notDeepEqual(outputs(pruned), before);
    const plain = stripPruning(pruned);
    assert.deepEqual(outputs(plain), outputs(pruned));
    const rows = sparsityReport(plain);
    assert.deepEqual(rows.map(({ layer, weights }) => [layer, weights]), [["conv", 90], ["depthwise", 60], ["dense", 240], ["total", 390]]);
    for (const { sparsity, quantizedSparsity } of rows) assert.ok(sparsity === 0.5 && quantizedSparsity >= 0.5);
  });

  it("is counted as Keras and QKeras count it", () => {
    const model = buildModel();
    assert.deepEqual(countOperations(model), [
      { layer: "conv", params: 95, macs: 90 * 16 },
      { layer: "norm", params: 20, macs: 0 },
      { layer: "depthwise", params: 60, macs: 60 * 6 },
      { layer: "dense", params: 244, macs: 240 },
      { layer: "total", params: model.countParams(), macs: 1440 + 360 + 240 },
    ]);
    const stats = qStats(model).map(({ layer, operations, operationType, weights, biases }) => [layer, operations, operationType, weights, biases]);
    assert.deepEqual(stats, [
      ["conv", 1440, "smult_4_8", 90, 5],
      ["depthwise", 360, "smult_4_6", 60, 0],
      ["dense", 240, "smult_5_6", 240, 4],
    ]);
  });

  it("loses filters as the same model loses them to masks", () => {
    const quantizer = "quantized_bits(8,1,alpha=1)";
    const model = tf.sequential({
      layers: [
        qConv2D({ filters: 4, kernelSize: 3, inputShape: [8, 8, 2], name: "first", kernelQuantizer: quantizer, activation: "quantized_relu(6,2)" }),
        qConv2D({ filters: 3, kernelSize: 2, name: "second", kernelQuantizer: quantizer }),
        tf.layers.flatten(),
        qDense({ units: 2, kernelQuantizer: quantizer }),
      ],
    });
    const keep = { first: [0, 3], second: [1, 2] };
    const masked = maskUnits(model, keep);
    const { model: removed } = removeUnits(model, keep);
    assert.deepEqual(removed.layers[0].getWeights()[0].shape, [3, 3, 2, 2]);
    const expected = outputs(masked);
    outputs(removed).forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-5));
  });

  it("leaves no tensors behind when it computes and learns", () => {
    const model = buildModel();
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const step = (): void => tf.tidy(() => {
      tf.variableGrads(() => tf.sum(model.apply(x, { training: true }) as tf.Tensor), variables);
      model.predict(x);
    });
    step();
    const { numTensors } = tf.memory();
    step();
    assert.equal(tf.memory().numTensors, numTensors);
  });
});

describe("QBatchNormalization", () => {
  it("keeps its statistics when it is frozen, as Keras's BatchNormalization does", () => {
    const layer = qBatchNormalization({ trainable: false });
    layer.build([null, 3]);
    const rows = tf.randomNormal([8, 3], 2, 1, "float32", 1);
    assert.deepEqual(layer.call(rows, { training: true }).dataSync(), layer.call(rows).dataSync());
    assert.deepEqual([...layer.getWeights()[2].dataSync()], [0, 0, 0]);
  });

  it("normalizes any axis, without scale or center if that is wanted", () => {
    const layer = qBatchNormalization({ axis: 1, scale: false, center: false, meanQuantizer: null, varianceQuantizer: null, epsilon: 0 });
    layer.build([null, 2, 3]);
    assert.equal(layer.weights.length, 2);
    const y = layer.call(tf.randomNormal([50, 2, 3], 4, 2, "float32", 1), { training: true });
    const { mean, variance } = tf.moments(y, [0, 2]);
    for (const value of mean.dataSync()) assert.ok(Math.abs(value) < 1e-5);
    for (const value of variance.dataSync()) assert.ok(Math.abs(value - 1) < 1e-4);
  });

  it("refuses an axis that the input does not have", () => {
    assert.throws(() => qBatchNormalization({ axis: 2 }).build([null, 3]), { name: "TypeError", message: /axis 2 but found one of rank 2/ });
    assert.throws(() => qBatchNormalization({ axis: 0.5 }), { name: "RangeError", message: /found 0.5/ });
  });
});
