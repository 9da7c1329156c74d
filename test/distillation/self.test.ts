import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { bornAgain } from "../../lib/distillation/bornAgain.js";
import { distillationLoss, distillationTargets } from "../../lib/distillation/distillationLoss.js";
import { predictLogits } from "../../lib/distillation/predictLogits.js";
import { SelfDistiller } from "../../lib/distillation/selfDistiller.js";
import type { SelfDistillerArgs } from "../../lib/distillation/selfDistiller.js";
import { evaluate } from "../../lib/training/evaluate.js";
import { fit } from "../../lib/training/fit.js";
import { fitAll } from "../../lib/training/fitAll.js";
import { predict } from "../../lib/training/predict.js";
import { apart, network, weightsOf, x, y } from "./examples.js";

const options = { epochs: 3, batchSize: 16, seed: 4, verbose: 0 as const };

function selfDistiller(args: Partial<SelfDistillerArgs> = {}): SelfDistiller {
  const own = new SelfDistiller({ model: network([7, 6, 5], 1), exits: ["hidden1", "hidden2"], ...args });
  own.compile({ optimizer: tf.train.sgd(0.2), metrics: ["accuracy"] });
  return own;
}

describe("SelfDistiller", () => {
  it("trains alike with the kernels and through TensorFlow.js, exits too", async () => {
    const [ours, theirs] = [selfDistiller(), selfDistiller()];
    const result = await ours.fit(x, y, { ...options, validationData: [x, y] });
    const other = await theirs.fit(x, y, { ...options, validationData: [x, y], engine: "tfjs" });
    assert.deepEqual([result.engine, other.engine], ["wasm", "tfjs"]);
    ours.exits.forEach((exit, i) => assert.ok(apart(exit, theirs.exits[i]) < 1e-4));
    result.history.val_loss.forEach((loss, i) => assert.ok(Math.abs(loss - other.history.val_loss[i]) < 1e-4));
    assert.deepEqual(result.history.accuracy, other.history.accuracy);
  });

  it("has exits that are models of their own, smaller ones first", async () => {
    const own = selfDistiller();
    const before = await predict(own.exits[0], x);
    await own.fit(x, y, { ...options, epochs: 30 });
    assert.equal(own.exits.length, 3);
    assert.deepEqual(own.exits.map((exit) => exit.countParams()), [7 * 7 + 8 * 3, 7 * 7 + 8 * 6 + 7 * 3, 7 * 7 + 8 * 6 + 7 * 5 + 6 * 3]);
    for (const exit of own.exits) {
      assert.ok((await evaluate(exit, x, y)).accuracy! > 0.6);
      const { values } = await predict(exit, x);
      assert.ok(Math.abs(values[0] + values[1] + values[2] - 1) < 1e-6);
      const right = y.values.reduce((sum, label, i) => sum + Number(label === 1 && values[i] > 0.5), 0);
      assert.ok(right > 0.6 * x.shape[0], `${right}`);
    }
    assert.notDeepEqual((await predict(own.exits[0], x)).values, before.values);
  });

  it("teaches exits and not the deepest one, whose own layer learns from the labels alone", async () => {
    // One step of all samples: the last layer's gradient does not see the exits, the first layer's does.
    const step = { epochs: 1, batchSize: x.shape[0], shuffle: false, verbose: 0 as const };
    const own = selfDistiller({ featureWeight: 5, alpha: 0 });
    await own.fit(x, y, step);
    const alone = network([7, 6, 5], 1);
    alone.compile({ optimizer: tf.train.sgd(0.2), loss: "categoricalCrossentropy" });
    await fit(alone, x, y, step);
    const [deep, plain] = [weightsOf(own.exits[2]), weightsOf(alone)];
    const off = deep.map((values, i) => Math.max(...values.map((value, j) => Math.abs(value - plain[i][j]))));
    off.slice(4).forEach((difference) => assert.ok(difference < 1e-6, `${off}`));
    assert.ok(off[0] > 1e-3 && off[2] > 1e-3, `${off}`);
  });

  it("is with alpha 1 and no features a network with exits that learn from labels", async () => {
    const own = selfDistiller({ alpha: 1, featureWeight: 0 });
    const other = selfDistiller({ alpha: 1, featureWeight: 0, temperature: 9 });
    await own.fit(x, y, options);
    await other.fit(x, y, options);
    assert.deepEqual(weightsOf(own.exits[0]), weightsOf(other.exits[0]));
  });

  it("makes jobs of fitAll", async () => {
    const [job, alone] = [selfDistiller(), selfDistiller()];
    const { verbose: _, ...rest } = options;
    await fitAll([job.job(x, y, rest)], { verbose: 0 });
    await alone.fit(x, y, options);
    job.exits.forEach((exit, i) => assert.deepEqual(weightsOf(exit), weightsOf(alone.exits[i])));
  });

  it("says what is wrong", () => {
    const make = (args: object) => () => selfDistiller(args);
    assert.throws(make({ exits: "hidden1" }), { name: "TypeError", message: "Expected exits to be an array of names of hidden layers but found a string." });
    assert.throws(make({ model: tf.sequential() }), { name: "TypeError", message: /to be built/ });
    assert.throws(() => selfDistiller().compile({} as never), { name: "TypeError", message: /an optimizer such as adam\(1e-3\)/ });
    assert.throws(make({ exits: [] }), { name: "RangeError", message: /but found none/ });
    assert.throws(make({ exits: ["hidden9"] }), { name: "RangeError", message: /hidden1, hidden2, hidden3, classes, but found hidden9/ });
    assert.throws(make({ exits: ["classes"] }), { name: "RangeError", message: /a hidden layer of .* but found classes, the one at its end/ });
    assert.throws(make({ exits: ["hidden1", "hidden1"] }), { name: "RangeError", message: /each exit once but found hidden1 twice/ });
    assert.throws(make({ exits: ["hidden3"] }), { name: "RangeError", message: /an exit before the deepest features but found hidden3/ });
    assert.throws(make({ featureWeight: -1 }), { name: "RangeError", message: "Expected featureWeight to be 0 or more but found -1." });
  });
});

describe("bornAgain", () => {
  it("trains each generation by the one before", async () => {
    const build = (generation: number): tf.LayersModel => network([5], generation + 1);
    const optimizer = (): tf.Optimizer => tf.train.sgd(0.2);
    const born = await bornAgain(build, x, y, { generations: 2, temperature: 2, alpha: 0.3, optimizer, ...options });
    assert.equal(born.length, 3);
    const second = network([5], 3);
    second.compile({ optimizer: tf.train.sgd(0.2), loss: distillationLoss({ temperature: 2, alpha: 0.3 }) });
    await fit(second, x, distillationTargets(y, await predictLogits(born[1].model, x)), options);
    assert.ok(apart(born[2].model, second) < 1e-5);
    await assert.rejects(bornAgain(build(0) as never, x, y), { name: "TypeError", message: /build to be a function/ });
    await assert.rejects(bornAgain((async () => build(0)) as never, x, y), { name: "TypeError", message: /to make a tf.LayersModel but found/ });
    await assert.rejects(bornAgain(build, x, y, { alpha: 2 }), { name: "RangeError", message: "Expected alpha to lie between 0 and 1 but found 2." });
    await assert.rejects(bornAgain(build, x, y, { generations: 0 }), { name: "RangeError", message: "Expected generations to be a whole number above 0 but found 0." });
  });
});
