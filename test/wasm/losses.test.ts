import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { assignWeights } from "../../lib/layers/assignWeights.js";
import { describeNetwork } from "../../lib/network/describeNetwork.js";
import { compiled } from "../../lib/training/compiled.js";
import type { LabelledRows } from "../../lib/training/engine.js";
import type { Loss } from "../../lib/network/loss.js";
import { NetworkTrainer } from "../../lib/wasm/networkTrainer.js";
import { asBatch } from "../network/drawCase.js";
import { differentiate } from "../network/oracle.js";

/** Outputs that are no probabilities or nearly none, each met by each target. */
const outputs = [
  [0, 1],
  [1, 0],
  [1e-9, 1 - 1e-9],
  [0.5, 2],
  [-0.5, 1.2],
  [3, 3],
  [1e-6, 1e-6],
  [0.25, 0.75],
];
const OTHER = [
  [0, 1],
  [1, 0],
  [0.3, 0.7],
];

const rows = (values: number[][]): LabelledRows["x"] => ({
  values: Float32Array.from(values.flat()),
  count: values.length,
  shape: [values[0].length],
  size: values[0].length,
});

/** One linear layer that hands its input on: its bias gets the loss's own gradient. */
function build(loss: string): tf.LayersModel {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2] })] });
  assignWeights(model, [tf.eye(2), tf.zeros([2])]);
  model.compile({ optimizer: tf.train.sgd(0.1), loss });
  return model;
}

describe("a loss beyond the range of probabilities", () => {
  for (const loss of ["categoricalCrossentropy", "sparseCategoricalCrossentropy", "binaryCrossentropy", "meanSquaredError"]) {
    it(`${loss} is clipped as tfjs's, and so is its gradient`, () => {
      const model = build(loss);
      const info = compiled(model);
      const { network } = describeNetwork(model);
      const trainer = new NetworkTrainer(network, {
        loss: info.described as Loss,
        rule: { kind: "sgd" },
        batchSize: 1,
        countsCorrect: false,
      });
      for (const output of outputs) {
        for (const target of loss.startsWith("sparse") ? [[0], [1]] : OTHER) {
          const data = { x: rows([output]), y: rows([target]), weights: null };
          const pass = { seed: 0, step: 1 };
          const found = trainer.differentiate(asBatch(data), pass);
          const wanted = differentiate(model, info, data, pass);
          const what = `output ${output}, target ${target}`;
          assert.ok(
            Math.abs(found.loss - wanted.loss) <= 1e-5 * Math.abs(wanted.loss) + 1e-9,
            `loss ${found.loss} instead of ${wanted.loss}: ${what}`,
          );
          wanted.gradients.forEach((gradient, i) => {
            const largest = Math.max(...gradient.map(Math.abs));
            gradient.forEach((value, j) => {
              const isClose = Math.abs(trainer.gradient(i)[j] - value) <= 1e-5 * largest;
              assert.ok(isClose, `gradient ${trainer.gradient(i)[j]} instead of ${value}: ${what}`);
            });
          });
        }
      }
    });
  }

  it("of logits is finite and exact however large they are", () => {
    const model = build("meanSquaredError");
    model.compile({ optimizer: tf.train.sgd(0.1), loss: tf.losses.softmaxCrossEntropy as unknown as "meanSquaredError" });
    const info = compiled(model);
    const { network } = describeNetwork(model);
    const trainer = new NetworkTrainer(network, {
      loss: info.described as Loss,
      rule: { kind: "sgd" },
      batchSize: 1,
      countsCorrect: false,
    });
    const data = { x: rows([[1000, -1000]]), y: rows([[0, 1]]), weights: null };
    assert.equal(trainer.differentiate(asBatch(data), { seed: 0, step: 1 }).loss, 2000);
    assert.deepEqual([...trainer.gradient(1)], [1, -1]);
  });

  it("refuses labels that are no class", () => {
    const model = build("sparseCategoricalCrossentropy");
    const { network } = describeNetwork(model);
    const trainer = new NetworkTrainer(network, {
      loss: { kind: "sparseCategoricalCrossentropy" },
      rule: { kind: "sgd" },
      batchSize: 1,
      countsCorrect: false,
    });
    for (const label of [-1, 2, NaN]) {
      const data = { x: rows([[0.5, 0.5]]), y: rows([[label]]), weights: null };
      assert.throws(() => trainer.differentiate(asBatch(data), { seed: 0, step: 1 }), {
        name: "RangeError",
        message: `Expected labels from 0 to 1 but found ${label}.`,
      });
    }
  });
});
