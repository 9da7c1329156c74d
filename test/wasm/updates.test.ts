import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { createRandom } from "../../lib/data/random.js";
import { adam } from "../../lib/training/adam.js";
import type { UpdateRule } from "../../lib/network/updateRule.js";
import { Arena } from "../../lib/wasm/arena.js";
import { UpdateKernel } from "../../lib/wasm/updateKernel.js";

const SIZE = 64;
const STEPS = 20;

const rules: { name: string; rule: UpdateRule; optimizer: (rate: number) => tf.Optimizer }[] = [
  { name: "tf.train.sgd", rule: { kind: "sgd" }, optimizer: (rate) => tf.train.sgd(rate) },
  {
    name: "tf.train.momentum",
    rule: { kind: "momentum", momentum: 0.9, useNesterov: false },
    optimizer: (rate) => tf.train.momentum(rate, 0.9),
  },
  {
    name: "Nesterov's momentum",
    rule: { kind: "momentum", momentum: 0.8, useNesterov: true },
    optimizer: (rate) => tf.train.momentum(rate, 0.8, true),
  },
  {
    name: "tf.train.adam",
    rule: { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-7, epsilonAfterCorrection: true },
    optimizer: (rate) => tf.train.adam(rate),
  },
  {
    name: "tf.train.adam with other decays",
    rule: { kind: "adam", beta1: 0.7, beta2: 0.95, epsilon: 1e-3, epsilonAfterCorrection: true },
    optimizer: (rate) => tf.train.adam(rate, 0.7, 0.95, 1e-3),
  },
  {
    name: "adam",
    rule: { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-7, epsilonAfterCorrection: false },
    optimizer: (rate) => adam(rate),
  },
  {
    name: "adam with other decays",
    rule: { kind: "adam", beta1: 0.7, beta2: 0.95, epsilon: 1e-3, epsilonAfterCorrection: false },
    optimizer: (rate) => adam(rate, { beta1: 0.7, beta2: 0.95, epsilon: 1e-3 }),
  },
];

describe("an update rule, given equal gradients, moves weights as the optimizer does", () => {
  after(() => tf.disposeVariables());
  for (const { name, rule, optimizer: create } of rules) {
    it(name, () => {
      const rate = 0.01;
      // tf.train.adam computes 1 - beta2 ** t in float32 and is thereby off by 5e-5 of the first changes.
      const known = rule.kind === "adam" && rule.epsilonAfterCorrection ? 1e-4 : 1e-5;
      const random = createRandom(1);
      const start = Float32Array.from({ length: SIZE }, () => random.normal());
      const arena = new Arena();
      const [values, gradients] = [arena.allocate(SIZE), arena.allocate(SIZE)];
      const kernel = new UpdateKernel(arena, rule, values, gradients, SIZE);
      arena.at(values, SIZE).set(start);
      const optimizer = create(rate);
      const variable = tf.variable(tf.tensor1d(start));
      const way = new Float32Array(SIZE); // how far each weight has moved so far, to and fro
      for (let step = 1; step <= STEPS; step++) {
        // Of all sizes, since epsilon matters for small ones, and zeros.
        const gradient = Float32Array.from({ length: SIZE }, (_, i) => (i % 7 === 0 ? 0 : random.normal(0, 10 ** -(i % 9))));
        const before = Float32Array.from(arena.at(values, SIZE));
        arena.at(gradients, SIZE).set(gradient);
        kernel.apply(rate, step);
        tf.tidy(() => optimizer.applyGradients([{ name: variable.name, tensor: tf.tensor1d(gradient) }]));
        const wanted = variable.dataSync();
        arena.at(values, SIZE).forEach((value, i) => {
          way[i] += Math.abs(wanted[i] - before[i]);
          const tolerance = known * way[i] + 1e-6 * Math.abs(wanted[i]);
          assert.ok(
            Math.abs(value - wanted[i]) <= tolerance,
            `weight ${i} is ${value} instead of ${wanted[i]} after step ${step}`,
          );
        });
      }
    });
  }
});
