import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../../lib/data/matrix.js";
import { loadMnist } from "../../lib/data/loadMnist.js";
import { scalePixels } from "../../lib/data/scalePixels.js";
import { toCategorical } from "../../lib/data/toCategorical.js";
import { integerProgram } from "../../lib/integer/integerProgram.js";
import { interpretProgram } from "../../lib/integer/interpretProgram.js";
import { logitLabels } from "../../lib/integer/logitLabels.js";
import { prepareProgram } from "../../lib/integer/prepareProgram.js";
import type { IntegerLogits } from "../../lib/integer/program.js";
import { heNormal } from "../../lib/layers/heNormal.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import type { QActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { fakeQuantized64 } from "../../lib/measure/fakeQuantized64.js";
import { adam } from "../../lib/training/adam.js";
import { fit } from "../../lib/training/fit.js";
import { predict } from "../../lib/training/predict.js";
import { fullyInteger } from "./fullyInteger.js";

interface Formats {
  input: string;
  weights: string;
  hidden: string;
}

/** 784-32-10 that ends in logits. */
function build({ input, weights, hidden }: Formats): tf.Sequential {
  const dense = (units: number, activation: string | null) =>
    qDense({ units, activation, kernelQuantizer: weights, biasQuantizer: weights, kernelInitializer: heNormal({ seed: units }) });
  return tf.sequential({ layers: [qActivation({ activation: input, inputShape: [784] }), dense(32, hidden), dense(10, null)] });
}

async function train(formats: Formats, x: Matrix, y: Matrix): Promise<tf.Sequential> {
  const model = build(formats);
  model.compile({ optimizer: adam(1e-3), loss: tf.losses.softmaxCrossEntropy });
  await fit(model, x, y, { epochs: 1, batchSize: 64, seed: 1, verbose: 0 });
  return model;
}

/** How many rows of two matrices differ in some number. */
function differentRows({ values, shape: [rows, columns] }: IntegerLogits, other: ArrayLike<number>): number {
  let count = 0;
  for (let row = 0; row < rows; row++) {
    count += Number(values.subarray(row * columns, (row + 1) * columns).some((value, i) => value !== other[row * columns + i]));
  }
  return count;
}

const asMatrix = ({ values, shape }: IntegerLogits): Matrix => ({ values: Float32Array.from(values), shape });

const differences = (a: Uint8Array, b: Uint8Array): number => a.filter((label, i) => label !== b[i]).length;

describe("integer inference on the 10,000 test images of MNIST", async () => {
  const data = await loadMnist({ download: false });
  const skip = data.isReal ? false : "MNIST is not on this machine: run npm start with a network";
  const x = scalePixels(data.train.images.subarray(0, 20_000 * 784));
  const y = toCategorical(data.train.labels.subarray(0, 20_000), 10);
  const test = scalePixels(data.test.images);
  const accuracy = (labels: Uint8Array): number => 1 - differences(labels, data.test.labels) / data.test.size;

  const po2: [string, Formats][] = [
    ["8 bits", { input: "quantized_relu(8,0)", weights: "quantized_bits(8,0,alpha=1)", hidden: "quantized_relu(8,3)" }],
    ["4-bit weights, auto_po2", { input: "quantized_bits(8,0)", weights: "quantized_bits(4,0,alpha='auto_po2')", hidden: "quantized_relu(8,3)" }],
    ["16-bit activations", { input: "quantized_bits(16,0)", weights: "quantized_bits(8,0,alpha=1)", hidden: "quantized_bits(16,6)" }],
  ];
  for (const [name, formats] of po2) {
    it(`gives every logit of the fake-quantized model in double precision: ${name}`, { skip }, async (t) => {
      const model = await train(formats, x, y);
      const program = integerProgram(model);
      const prepared = prepareProgram(program);
      const exact = fakeQuantized64(model, test);
      const integers = interpretProgram(program, test);
      assert.equal(differentRows(integers, exact.values), 0);
      assert.equal(differentRows(integers, prepared.run(test).values), 0);
      assert.equal(prepared.accumulatorBits, 32);
      const tfjs = (model.predict(tf.tensor2d(test.values, test.shape), { batchSize: 2000 }) as tf.Tensor).dataSync();
      const kernels = (await predict(model, test)).values;
      t.diagnostic(
        `accuracy ${accuracy(prepared.predict(test))}; accumulators of ${program.layers.map(({ accumulator }) => accumulator.bits).join(" and ")} bits; ` +
          `rows where float32 differs: ${differentRows(exact, tfjs)} by TensorFlow.js, ${differentRows(exact, kernels)} by the training kernels`,
      );
      assert.ok(accuracy(prepared.predict(test)) > 0.85);
    });
  }

  it("decides as the fake-quantized model with automatic scales, but for images between two classes", { skip }, async (t) => {
    const model = await train({ input: "quantized_relu(8,0)", weights: "quantized_bits(8,0,alpha='auto')", hidden: "quantized_relu(8,3)" }, x, y);
    const program = integerProgram(model);
    assert.equal(program.layers[0].output?.requantization.kind, "multiplier");
    const prepared = prepareProgram(program);
    const exact = fakeQuantized64(model, test);
    const integers = interpretProgram(program, test);
    assert.equal(differentRows(integers, prepared.run(test).values), 0);
    const different = differences(logitLabels(integers), logitLabels(exact));
    // The hidden layer alone, whose values are 1/32 apart.
    const hidden = interpretProgram({ ...program, layers: program.layers.slice(0, 1) }, test);
    const exactHidden = fakeQuantized64(tf.sequential({ layers: model.layers.slice(0, 2) }), test);
    const apart = hidden.values.map((value, i) => 32 * Math.abs(value - exactHidden.values[i]));
    t.diagnostic(
      `accuracy ${accuracy(logitLabels(integers))}, ${different} decisions differ; ${apart.filter((codes) => codes > 0).length} of ` +
        `${apart.length} hidden codes are apart, by at most ${Math.max(...apart.filter((codes) => codes > 0), 0)}`,
    );
    assert.ok(apart.every((codes) => codes <= 1));
    assert.ok(different <= 20);
  });

  it("runs full integer quantization, from int8 to int8, a code from the fake-quantized model at most", { skip }, async (t) => {
    const dense = (units: number, activation: "relu" | "linear", more = {}) =>
      tf.layers.dense({ units, activation, kernelInitializer: tf.initializers.heNormal({ seed: units }), ...more });
    const floats = tf.sequential({ layers: [dense(32, "relu", { inputShape: [784] }), dense(16, "relu"), dense(10, "linear")] });
    floats.compile({ optimizer: adam(1e-3), loss: tf.losses.softmaxCrossEntropy });
    await fit(floats, x, y, { epochs: 1, batchSize: 64, seed: 1, verbose: 0 });
    const model = fullyInteger(floats, { values: x.values.subarray(0, 1000 * 784), shape: [1000, 784] });
    const program = integerProgram(model);
    const prepared = prepareProgram(program);
    const exact = fakeQuantized64(model, test);
    const integers = interpretProgram(program, test);
    assert.equal(differentRows(integers, prepared.run(test).values), 0);
    assert.equal(prepared.accumulatorBits, 32);
    // Every number that there is: int8 in, int8 out, int8 weights.
    for (const { output, weights } of program.layers) {
      assert.ok(weights instanceof Int8Array);
      assert.equal(output?.format.bits, 8);
    }
    const scale = program.layers[2].output!.format.scale;
    assert.ok(integers.values.every((logit) => Number.isInteger(Math.round((logit / scale) * 1e6) / 1e6)));
    // Each layer of what the one before put out in integers.
    const counts = program.layers.map((layer, i) => {
      const first = model.layers[2 * i] as QActivation;
      const part = tf.sequential({ layers: [qActivation({ activation: first.quantizer!, inputShape: [layer.inputs] }), ...model.layers.slice(2 * i + 1, 2 * i + 3)] });
      const before = i === 0 ? test : asMatrix(interpretProgram({ ...program, layers: program.layers.slice(0, i) }, test));
      const alone = interpretProgram({ ...program, inputs: layer.inputs, input: i === 0 ? program.input : program.layers[i - 1].output!.format, layers: [layer] }, before);
      const wanted = fakeQuantized64(part, before);
      const apart = alone.values.map((value, j) => Math.abs(value - wanted.values[j]) / layer.output!.format.scale);
      assert.ok(apart.every((codes) => codes < 1.001), layer.name);
      return apart.filter((codes) => codes > 0.5).length;
    });
    const different = differences(logitLabels(integers), logitLabels(exact));
    const floatLabels = logitLabels({ values: Float64Array.from((await predict(floats, test)).values), shape: [10_000, 10] });
    t.diagnostic(
      `accuracy ${accuracy(logitLabels(integers))}, in float ${accuracy(floatLabels)}; ${different} decisions differ from fake quantization, ` +
        `${differences(logitLabels(integers), floatLabels)} from float; codes of each layer that are one apart: ${counts.join(", ")}`,
    );
    assert.ok(different <= 20);
    assert.ok(accuracy(logitLabels(integers)) > 0.85);
  });
});
