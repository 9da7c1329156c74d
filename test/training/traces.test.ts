import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { assignWeights } from "../../lib/layers/assignWeights.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { constantSparsity } from "../../lib/pruning/constantSparsity.js";
import { polynomialDecay } from "../../lib/pruning/polynomialDecay.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { PruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitudeLayer.js";
import { adam } from "../../lib/training/adam.js";
import { fit } from "../../lib/training/fit.js";
import type { Logs } from "../../lib/training/fit.js";
import { predict } from "../../lib/training/predict.js";
import type { Matrix } from "../../lib/data/matrix.js";
import { golden } from "../golden/golden.js";
import type { GoldenTensor, GoldenTrace } from "../golden/golden.js";

const matrix = ({ shape, data }: GoldenTensor): Matrix => ({ values: Float32Array.from(data), shape: [shape[0], shape[1]] });

function close(found: ArrayLike<number>, wanted: number[], what: string, tolerance = 1e-5): void {
  assert.equal(found.length, wanted.length, what);
  wanted.forEach((value, i) => {
    assert.ok(Math.abs(found[i] - value) <= tolerance * Math.max(1, Math.abs(value)), `${what}[${i}]: expected ${value}, found ${found[i]}`);
  });
}

/** The network of a trace: two dense layers, the first followed by an activation, softmax at the end. */
function build(trace: GoldenTrace): tf.LayersModel {
  const quantizer = trace.kernel_and_bias_quantizer;
  const [inputs, hidden] = trace.init[0].shape;
  const outputs = trace.init[2].shape[1];
  const dense = (units: number, more: { inputShape?: number[]; activation?: "softmax" }): tf.layers.Layer =>
    quantizer
      ? qDense({ units, kernelQuantizer: quantizer, biasQuantizer: quantizer, ...more })
      : tf.layers.dense({ units, ...more });
  const activation = quantizer ? qActivation({ activation: trace.activation }) : tf.layers.activation({ activation: "relu" });
  const model = tf.sequential({
    layers: [dense(hidden, { inputShape: [inputs] }), activation, dense(outputs, { activation: "softmax" })],
  });
  // Some lie outside the quantizer's range and stay there until the first update, as in Keras.
  assignWeights(model, trace.init.map(({ data, shape }) => tf.tensor(data, shape)));
  if (!trace.prune) return model;
  const [name, args] = trace.prune;
  const { initial_sparsity, final_sparsity, target_sparsity, begin_step, end_step, frequency } = args;
  const steps = { beginStep: begin_step, endStep: end_step, frequency };
  const pruningSchedule =
    name === "PolynomialDecay"
      ? polynomialDecay({ initialSparsity: initial_sparsity, finalSparsity: final_sparsity, ...steps })
      : constantSparsity({ targetSparsity: target_sparsity, ...steps });
  return pruneLowMagnitude(model, { pruningSchedule, behaviour: "tfmot" });
}

const values = (model: tf.LayersModel): ArrayLike<number>[] => model.trainableWeights.map((w) => w.read().dataSync());

describe("training follows the real QKeras and TFMOT step by step", () => {
  const engines = ["wasm", "tfjs"] as const;
  for (const [trace, engine] of golden.traces.flatMap((each) => engines.map((name) => [each, name] as const))) {
    it(`${trace.kind}, with the engine "${engine}"`, async () => {
      const model = build(trace);
      const [name, { learning_rate: rate }] = trace.optimizer;
      model.compile({ optimizer: name === "SGD" ? tf.train.sgd(rate) : adam(rate), loss: "categoricalCrossentropy" });
      const masks = model.layers.filter((layer) => layer instanceof PruneLowMagnitude);
      let sum = 0;
      const onBatchEnd = (step: number, { loss }: Logs): void => {
        const batchOfEpoch = (step - 1) % trace.batches_per_epoch;
        sum = batchOfEpoch === 0 ? loss : sum + loss;
        close([sum / (batchOfEpoch + 1)], [trace.loss_per_batch_running_mean_of_epoch[step - 1]], `loss at step ${step}`);
        const wanted = trace.weights_after_batch[String(step - 1)] as number[][] | undefined;
        wanted?.forEach((weight, i) => close(values(model)[i], weight, `weight ${i} after batch ${step - 1}`));
        trace.masks_after_batch[step - 1]?.forEach((mask, i) => assert.deepEqual([...masks[i].maskValues()], mask));
      };
      const { epochs, batch } = trace;
      const x = matrix(trace.x);
      const options = { epochs, batchSize: batch, shuffle: false, callbacks: { onBatchEnd }, verbose: 0 as const, engine };
      await fit(model, x, matrix(trace.y), options);
      trace.final_weights.forEach((weight, i) => close(values(model)[i], weight.data, `final weight ${i}`));
      close((await predict(model, x)).values, trace.final_predict, "prediction");
    });
  }
});
