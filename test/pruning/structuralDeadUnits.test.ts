import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { ready } from "../../lib/backend.js";
import { qDense } from "../../lib/layers/qDense.js";
import { magnitudeMask } from "../../lib/pruning/magnitudeMask.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { formatPruningReport } from "../../lib/pruning/structural/printPruningReport.js";
import { removeDeadUnits } from "../../lib/pruning/structural/removeDeadUnits.js";
import { buildChain, convolutionalChains, denseChains, difference, drawWeights, unitsOf, withUnits } from "./chains.js";

before(ready);

/** Sets most weights of the kernels to zero, the smallest first. */
function prune(model: tf.LayersModel, sparsity: number): void {
  for (const layer of withUnits(model)) {
    const kernel = layer.weights[0].read() as tf.Variable;
    const values = kernel.dataSync() as Float32Array;
    const mask = magnitudeMask(values, sparsity);
    tf.tidy(() => kernel.assign(tf.tensor(values.map((value, i) => value * mask[i]), kernel.shape)));
  }
}

/** Units without an incoming or an outgoing weight, found with tensor operations. */
function deadUnits(model: tf.LayersModel): string[] {
  const layers = withUnits(model);
  return layers.slice(0, -1).flatMap((layer, i) => {
    const units = unitsOf(layer);
    const [incoming, outgoing] = tf.tidy(() => {
      const sums = tf.sum(tf.abs(tf.reshape(layer.weights[0].read(), [-1, units])), 0).dataSync();
      const next = layers[i + 1].weights[0].read();
      // [window, positions of a map × units, next units]: what belongs to a unit is on the axis before the last.
      const [inputs, outputs] = next.shape.slice(-2);
      const split = tf.reshape(tf.abs(next), [-1, inputs / units, units, outputs]);
      return [sums, tf.sum(split, [0, 1, 3]).dataSync()];
    });
    return Array.from({ length: units }, (_, unit) => unit)
      .filter((unit) => incoming[unit] === 0 || outgoing[unit] === 0)
      .map((unit) => `${layer.name} ${unit}`);
  });
}

describe("removeDeadUnits", () => {
  it("leaves no unit without weights but those it names, computes the same, and finds nothing the second time", () => {
    const chains = fc.tuple(fc.oneof(denseChains, convolutionalChains), fc.constantFrom(0.5, 0.8, 0.95));
    let removed = 0;
    fc.assert(
      fc.property(chains, ([chain, sparsity]) => {
        const model = buildChain(chain);
        prune(model, sparsity);
        const { model: smaller, report } = removeDeadUnits(model);
        assert.ok(difference(model, smaller) <= 1e-5, `differs by ${difference(model, smaller)}`);
        const stay = report.notRemoved.map(({ layer, unit }) => `${layer} ${report.units[layer].indexOf(unit)}`);
        assert.deepEqual(deadUnits(smaller).filter((unit) => !stay.includes(unit)), []);
        for (const layer of withUnits(smaller).slice(0, -1)) assert.equal(report.units[layer.name].length, unitsOf(layer));

        const again = removeDeadUnits(smaller);
        for (const row of again.report.layers) assert.equal(row.unitsAfter, row.unitsBefore);
        const total = report.layers[report.layers.length - 1];
        removed += total.unitsBefore - total.unitsAfter;
        for (const one of [model, smaller, again.model]) one.dispose();
      }),
      { numRuns: 80 },
    );
    assert.ok(removed > 100, `only ${removed} units were removed`);
  });

  it("computes the same in quantized networks, whose formats make zeros of their own", () => {
    const formats = ["ternary()", "quantized_bits(3,0,alpha=1)", "quantized_bits(3,0)", "quantized_bits(3,0,alpha='auto')"];
    const drawn = fc.record({
      kernelQuantizer: fc.constantFrom(...formats),
      biasQuantizer: fc.constantFrom("quantized_bits(8,3,alpha=1)", ""),
      activation: fc.constantFrom("quantized_relu(6,2)", "quantized_tanh(5)", "quantized_sigmoid(4)"),
      seed: fc.nat(1e6),
    });
    let removed = 0;
    fc.assert(
      fc.property(drawn, ({ kernelQuantizer, biasQuantizer, activation, seed }) => {
        const options = { kernelQuantizer, biasQuantizer: biasQuantizer || null };
        const layers = [
          qDense({ units: 8, inputShape: [3], activation, ...options }),
          qDense({ units: 8, activation, ...options }),
          qDense({ units: 3, name: "outputs", ...options }),
        ];
        const model = tf.sequential({ layers });
        drawWeights(model, seed);
        prune(model, 0.8);
        const { model: smaller, report } = removeDeadUnits(model);
        assert.ok(difference(model, smaller) <= 1e-6, `differs by ${difference(model, smaller)}`);
        removed += 16 - (report.layers.at(-1)?.unitsAfter as number);
        for (const one of [model, smaller]) one.dispose();
      }),
      { numRuns: 60 },
    );
    assert.ok(removed > 200, `only ${removed} units were removed`);
  });

  /** 2 inputs, hidden units a, b and c, deep units d, e and f, one output. */
  const build = (hidden: number[][], deep: number[][], outputs: number[], biases: number[][]): tf.Sequential => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [2], activation: "relu", name: "hidden" }),
        tf.layers.dense({ units: 3, activation: "relu", name: "deep" }),
        tf.layers.dense({ units: 1, name: "outputs" }),
      ],
    });
    const [first, second, third] = biases.map((bias) => tf.tensor1d(bias));
    model.setWeights([tf.tensor2d(hidden), first, tf.tensor2d(deep), second, tf.tensor2d(outputs, [3, 1]), third]);
    return model;
  };

  it("goes on when a removed unit takes the last weight of another with it, forwards and backwards", () => {
    // a has no input; d has only a's, then only a bias; e has no way out, and b goes only to e.
    const model = build(
      [[0, 1, 1], [0, 1, -1]],
      [[2, 0, 0], [0, 3, 0], [0, 1, 4]],
      [5, 0, 6],
      [[0.5, 0.1, 0.1], [0.25, 0.1, 0.1], [1]],
    );
    const { model: smaller, report } = removeDeadUnits(model);
    assert.deepEqual(report.units, { hidden: [2], deep: [2] });
    assert.deepEqual(report.notRemoved, []);
    // d gives relu(0.5 · 2 + 0.25) = 1.25, and 1 + 1.25 · 5 is the new bias.
    const expected = [[1, -1], [0.1], [4], [0.1], [6], [7.25]].map((weights) => weights.map(Math.fround));
    assert.deepEqual(smaller.getWeights().map((weight) => [...weight.dataSync()]), expected);
  });

  it("keeps one unit of a layer that has none alive", () => {
    const zero = [0, 0, 0];
    const model = build([zero, zero], [zero, zero, zero], zero, [[1, 1, 1], [1, 1, 1], [2]]);
    const { model: smaller, report } = removeDeadUnits(model);
    assert.equal(difference(model, smaller), 0);
    assert.deepEqual(report.units, { hidden: [0], deep: [0] });
    assert.deepEqual(report.notRemoved.map(({ layer, reason }) => `${layer}: ${reason}`), [
      "hidden: a layer keeps at least one unit",
      "deep: a layer keeps at least one unit",
    ]);
  });

  it("takes weights that are quantized to zero for zero", () => {
    const model = tf.sequential({
      layers: [
        qDense({ units: 2, inputShape: [1], kernelQuantizer: "quantized_bits(8,3,alpha=1)", name: "hidden" }),
        tf.layers.dense({ units: 1, name: "outputs" }),
      ],
    });
    model.setWeights([tf.tensor2d([0.03, 1], [1, 2]), tf.tensor1d([2, 0]), tf.tensor2d([3, 4], [2, 1]), tf.tensor1d([1])]);
    const { model: smaller, report } = removeDeadUnits(model);
    assert.deepEqual(report.units, { hidden: [1] });
    assert.equal(smaller.getWeights()[3].dataSync()[0], 7);
  });

  it("names a unit that has to stay by its number in the model given", () => {
    const grid = "quantized_bits(8,3,alpha=1)";
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 4, inputShape: [1], activation: "sigmoid", name: "hidden" }),
        qDense({ units: 1, kernelQuantizer: grid, biasQuantizer: grid, name: "outputs" }),
      ],
    });
    // Unit 0 has no way out; unit 3 gives 1/2, which times 3/16 is no multiple of 1/16.
    model.setWeights([tf.tensor2d([1, 1, 1, 0], [1, 4]), tf.zeros([4]), tf.tensor2d([0, 1, 1, 3 / 16], [4, 1]), tf.zeros([1])]);
    const { model: smaller, report } = removeDeadUnits(model);
    assert.deepEqual(report.units, { hidden: [1, 2, 3] });
    const reason = "the bias of outputs, quantized_bits(8,3,0,alpha=1), cannot hold its constant";
    assert.deepEqual(report.notRemoved, [{ layer: "hidden", unit: 3, reason }]);
    assert.equal(difference(model, smaller), 0);
    assert.equal(
      formatPruningReport(report),
      [
        "hidden   units 4 => 3  params 8 => 6    MACs 4 => 3",
        "outputs  units 1 => 1  params 5 => 4    MACs 4 => 3",
        "total    units 4 => 3  params 13 => 10  MACs 8 => 6",
        `hidden: unit 3 stays, for ${reason}`,
      ].join("\n"),
    );
  });

  it("adds nothing to a bias whose scale is found from it: removing the largest would change the others", () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 2, inputShape: [1], name: "hidden" }),
        qDense({ units: 3, biasQuantizer: "quantized_bits(4,0,alpha='auto')", name: "deep" }),
        tf.layers.dense({ units: 1, name: "outputs" }),
      ],
    });
    // Unit 0 of hidden gives 1. Steps of 7 / 7 hold 7, 3 and 2, but unit 0 of deep has no way out, and steps of 3 / 7 hold no 2.
    const deep = tf.tensor2d([7, 3, 2, 1, 1, 1], [2, 3]);
    model.setWeights([tf.tensor2d([0, 1], [1, 2]), tf.tensor1d([1, 0]), deep, tf.zeros([3]), tf.tensor2d([0, 1, 1], [3, 1]), tf.zeros([1])]);
    const { model: smaller, report } = removeDeadUnits(model);
    assert.ok(difference(model, smaller) <= 1e-6);
    assert.deepEqual(report.units, { hidden: [0, 1], deep: [1, 2] });
    assert.match(report.notRemoved[0].reason, /the bias of deep, .* cannot hold its constant/);
  });

  it("asks for stripPruning and leaves no tensor behind", () => {
    const model = build([[1, 0, 0], [0, 1, 0]], [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [1, 1, 1], [[1, 1, 1], [1, 1, 1], [1]]);
    assert.throws(() => removeDeadUnits(pruneLowMagnitude(model)), { name: "TypeError", message: /call stripPruning first/ });
    drawWeights(model, 1);
    prune(model, 0.8);
    const before = tf.memory().numTensors;
    const { model: smaller } = removeDeadUnits(model);
    assert.equal(tf.memory().numTensors, before + smaller.weights.length);
  });
});
