import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { distillationLoss } from "../../lib/distillation/distillationLoss.js";
import { evaluate } from "../../lib/training/evaluate.js";
import { fit } from "../../lib/training/fit.js";
import { fitAll } from "../../lib/training/fitAll.js";
import { predict } from "../../lib/training/predict.js";
import { QuantizedBits } from "../../lib/quantizers/quantizedBits.js";
import { Arena } from "../../lib/wasm/arena.js";
import { StoredWeight } from "../../lib/wasm/storedWeight.js";
import { qDense } from "../../lib/layers/qDense.js";

const dense = (args: { units: number; inputShape?: number[] }): tf.layers.Layer => tf.layers.dense({ ...args, kernelInitializer: "ones" });
const network = (inputs: number): tf.LayersModel => tf.sequential({ layers: [dense({ units: 2, inputShape: [inputs] })] });
const ones = (rows: number, columns: number) => ({ values: new Float32Array(rows * columns).fill(1), shape: [rows, columns] as [number, number] });

/** Its name is not one that a worker could look up. */
class OwnQuantizer extends QuantizedBits {
  override readonly className = "own_bits" as "quantized_bits";
  override get format() {
    return { kind: "custom" as const, quantizer: this };
  }
}

describe("at the edges", () => {
  it("predict refuses samples of another size than the network's input", async () => {
    await assert.rejects(predict(network(5), ones(300, 4000)), { name: "TypeError", message: "Expected samples of 5 numbers but found 4000." });
    await assert.rejects(predict(network(5), ones(2, 3)), /samples of 5 numbers but found 3/);
  });

  it("predict and evaluate take no sample, and any batch size above 0", async () => {
    assert.deepEqual(await predict(network(5), ones(0, 5)), { values: new Float32Array(0), shape: [0, 2] });
    assert.deepEqual([...(await predict(network(5), ones(2, 5), { batchSize: 1e9 })).values], [5, 5, 5, 5]);
    await assert.rejects(predict(network(5), ones(2, 5), { batchSize: 0 }), /batchSize to be a whole number above 0 but found 0/);
    const model = network(5);
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    await assert.rejects(evaluate(model, ones(2, 5), ones(2, 2), { batchSize: 0.5 }), /batchSize to be a whole number/);
  });

  it("memory beyond two gibibytes is addressed as any other", () => {
    const arena = new Arena();
    arena.allocate(2 ** 29); // never touched, so it takes no memory
    const values = Float32Array.of(1, 2, 3, 4, 5, 6);
    const plain = { limit: null, constraint: null, regularizer: null, pruning: null };
    const format = { kind: "fixedPoint", step: 2, low: -8, high: 7, alpha: 1, ceiling: null } as const;
    const stored = new StoredWeight(arena, { name: "w", values, shape: [3, 2], trainable: true, format, ...plain });
    stored.place(arena.allocate(stored.size), arena.allocate(stored.size));
    assert.ok(stored.values > 2 ** 31);
    stored.quantize();
    const quantized = new Float32Array(6);
    stored.read(stored.effective, quantized);
    assert.deepEqual([...quantized], [0, 2, 4, 4, 4, 6]);
    values.fill(0);
    stored.download();
    assert.deepEqual([...values], [1, 2, 3, 4, 5, 6]);
  });

  it("models that are no chain of rows train through TensorFlow.js", async () => {
    const rank3 = tf.sequential({ layers: [dense({ units: 2, inputShape: [2, 2] })] });
    const channelsFirst = tf.sequential({ layers: [tf.layers.flatten({ inputShape: [2, 2, 2], dataFormat: "channelsFirst" }), dense({ units: 4 })] });
    for (const [model, inputShape] of [[rank3, [2, 2]], [channelsFirst, [2, 2, 2]]] as const) {
      model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
      const y = tf.ones(model.outputs[0].shape.map((size) => size ?? 6));
      assert.equal((await fit(model, tf.ones([6, ...inputShape]), y, { verbose: 0 })).engine, "tfjs");
    }
  });

  it("distillation moves nothing for a sample without a label where the student is the teacher", async () => {
    for (const engine of ["wasm", "tfjs"] as const) {
      const model = network(3);
      model.compile({ optimizer: tf.train.sgd(1), loss: distillationLoss({ temperature: 2, alpha: 0.5 }) });
      const targets = { values: Float32Array.of(0, 0, 3, 3), shape: [1, 4] as [number, number] };
      await fit(model, ones(1, 3), targets, { engine, verbose: 0 });
      for (const weight of model.getWeights()) weight.dataSync().forEach((value, i) => assert.ok(Math.abs(value - (weight.rank === 2 ? 1 : 0)) < 1e-6, `${engine} [${weight.shape}][${i}]: ${value}`));
    }
  });

  it("fitAll says before it starts that a quantizer of one's own cannot be sent to a worker", async () => {
    const model = tf.sequential({ layers: [qDense({ units: 2, inputShape: [3], kernelQuantizer: new OwnQuantizer(4, 0, { alpha: 1 }) })] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    assert.equal((await fit(model, ones(4, 3), ones(4, 2), { verbose: 0 })).engine, "wasm");
    await assert.rejects(fitAll([{ model, x: ones(4, 3), y: ones(4, 2) }], { verbose: 0 }), /^TypeError: job 1 \(\w+\): fitAll.*the quantizer own_bits is not one of the library's/);
  });
});
