import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { ready } from "../../lib/backend.js";
import { createRandom } from "../../lib/data/random.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { maskUnits } from "../../lib/pruning/structural/maskUnits.js";
import { removeDeadUnits } from "../../lib/pruning/structural/removeDeadUnits.js";
import { removeUnits } from "../../lib/pruning/structural/removeUnits.js";
import { adam } from "../../lib/training/adam.js";
import { fit } from "../../lib/training/fit.js";
import {
  buildChain, convolutionalChains, denseChains, difference, drawUnits, drawWeights, outputsOf, unitsOf, withUnits,
} from "./chains.js";
import type { Chain } from "./chains.js";

before(ready);

const weightsOf = (model: tf.LayersModel): number[][] => model.getWeights().map((weight) => [...weight.dataSync()]);

type Units = Record<string, number[]>;

/** Units that were asked to stay or had to. */
const leftOf = (keep: Units, notRemoved: { layer: string; unit: number }[]): Units =>
  Object.fromEntries(
    Object.entries(keep).map(([layer, units]) => {
      const stuck = notRemoved.filter((entry) => entry.layer === layer).map(({ unit }) => unit);
      return [layer, [...units, ...stuck].sort((a, b) => a - b)];
    }),
  );

function checkRemoval(chain: Chain): void {
  const model = buildChain(chain);
  const given = weightsOf(model);
  const keep = drawUnits(model, chain.seed);
  const masked = maskUnits(model, keep);
  const { model: smaller, report } = removeUnits(model, keep);

  assert.ok(difference(masked, smaller) <= 1e-5, `removed and masked differ by ${difference(masked, smaller)}`);
  const pads = chain.convolutions.slice(1).some(({ padding, kernelSize }) => padding === "same" && kernelSize > 1);
  if (!pads) assert.deepEqual(report.notRemoved, [], "all that were to go could go");
  const left = leftOf(keep, report.notRemoved);
  for (const layer of withUnits(smaller).slice(0, -1)) assert.equal(unitsOf(layer), left[layer.name].length);
  assert.deepEqual(report.units, left);
  assert.equal(report.layers.at(-1)?.paramsAfter, smaller.countParams());
  assert.deepEqual(weightsOf(model), given, "the model given is as it was");
  const again = maskUnits(masked, keep);
  assert.deepEqual(weightsOf(again), weightsOf(masked), "masking again changes nothing");
  for (const one of [model, masked, smaller, again]) one.dispose();
}

describe("a model without units computes what it computes with the units masked", () => {
  it("in dense networks", () => {
    fc.assert(
      fc.property(denseChains, (chain) => {
        checkRemoval(chain);
        const model = buildChain(chain);
        const keep = drawUnits(model, chain.seed);
        const { model: smaller } = removeUnits(model, keep);
        // Nothing is left to remove: keeping all that is there gives the same weights.
        const all = Object.fromEntries(Object.entries(keep).map(([layer, units]) => [layer, units.map((_, i) => i)]));
        const { model: again } = removeUnits(smaller, all);
        assert.deepEqual(weightsOf(again), weightsOf(smaller));
        for (const one of [model, smaller, again]) one.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it("in convolutional networks", () => {
    fc.assert(fc.property(convolutionalChains, checkRemoval), { numRuns: 60 });
  });

  it("through dense layers on maps, zero padding and global pooling", () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [8, 8, 1], activation: "sigmoid", name: "first" }),
        tf.layers.zeroPadding2d({ padding: 1 }),
        tf.layers.conv2d({ filters: 4, kernelSize: 1, activation: "sigmoid", name: "onPadded" }),
        tf.layers.dense({ units: 5, activation: "sigmoid", name: "onMap" }),
        tf.layers.globalMaxPooling2d({}),
        tf.layers.dense({ units: 2 }),
      ],
    });
    drawWeights(model, 3);
    const keep = { first: [1, 2, 3], onPadded: [0, 3], onMap: [4] };
    const { model: smaller, report } = removeUnits(model, keep);
    assert.ok(difference(maskUnits(model, keep), smaller) <= 1e-5);
    const reason = "what it gives to onPadded differs from place to place";
    assert.deepEqual(report.notRemoved, [{ layer: "first", unit: 0, reason }]);
    assert.deepEqual(withUnits(smaller).map(unitsOf), [4, 2, 1, 2]);
  });

  it("in functional models that are chains, which stay functional", () => {
    const input = tf.input({ shape: [5] });
    const hidden = tf.layers.dense({ units: 4, activation: "tanh", name: "hidden" }).apply(input) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: tf.layers.dense({ units: 2 }).apply(hidden) as tf.SymbolicTensor });
    drawWeights(model, 1);
    const { model: smaller } = removeUnits(model, { hidden: [3] });
    assert.ok(!(smaller instanceof tf.Sequential));
    assert.ok(difference(maskUnits(model, { hidden: [3] }), smaller) <= 1e-5);
    assert.deepEqual(smaller.getLayer("hidden").weights[0].shape, [5, 1]);
  });
});

describe("constants of removed units", () => {
  const build = (args: { useBias: boolean; padding?: "valid" | "same" }): tf.Sequential => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [4, 4, 1], activation: "sigmoid", name: "first" }),
        tf.layers.conv2d({ filters: 1, kernelSize: 3, name: "second", ...args }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 1, name: "outputs" }),
      ],
    });
    drawWeights(model, 7);
    return model;
  };

  it("go into a bias that is made for them: sigmoid(0) = 1/2 of the outgoing weights' sum", () => {
    const model = build({ useBias: false });
    const outgoing = [...model.getLayer("second").weights[0].read().dataSync()].filter((_, i) => i % 2 === 1);
    const { model: smaller } = removeUnits(model, { first: [0] });
    const [, bias] = smaller.getLayer("second").getWeights();
    assert.ok(Math.abs(bias.dataSync()[0] - outgoing.reduce((a, b) => a + b, 0) / 2) < 1e-6);
  });

  it("cannot pass a convolution that pads with zeros: the filter stays, switched off, and the report says so", () => {
    const model = build({ useBias: true, padding: "same" });
    const { model: smaller, report } = removeUnits(model, { first: [0] });
    assert.deepEqual(report.notRemoved, [
      { layer: "first", unit: 1, reason: "it gives 0.5 everywhere, but second pads its input with zeros" },
    ]);
    assert.deepEqual(report.units, { first: [0, 1], second: [0] });
    assert.equal(difference(maskUnits(model, { first: [0] }), smaller), 0);
  });
});

describe("removing units of quantized layers", () => {
  const grid = "quantized_bits(8,3,alpha=1)"; // a resolution of 1/16
  it("folds a constant that the quantized bias can hold: 1/2 of 2/16 is 1/16", () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 2, inputShape: [2], activation: "sigmoid", name: "hidden" }),
        qDense({ units: 2, kernelQuantizer: grid, biasQuantizer: grid, name: "outputs" }),
      ],
    });
    model.setWeights([tf.ones([2, 2]), tf.ones([2]), tf.tensor2d([1, 1, 2 / 16, 0], [2, 2]), tf.tensor1d([0.51, 0.51])]);
    const { model: smaller, report } = removeUnits(model, { hidden: [0] });
    assert.deepEqual(report.notRemoved, []);
    // .51 counts as .5, to which 1/16 is added; a bias that nothing is added to stays between the numbers of its format.
    assert.deepEqual([...smaller.getWeights()[3].dataSync()], [0.5625, Math.fround(0.51)]);
    assert.ok(difference(maskUnits(model, { hidden: [0] }), smaller) <= 1e-6);
  });

  it("keeps a unit whose constant the quantized bias would round: 1/2 of 3/16", () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 2, inputShape: [2], activation: "sigmoid", name: "hidden" }),
        qDense({ units: 1, kernelQuantizer: grid, biasQuantizer: grid, name: "outputs" }),
      ],
    });
    model.setWeights([tf.ones([2, 2]), tf.ones([2]), tf.tensor2d([1, 3 / 16], [2, 1]), tf.tensor1d([0.5])]);
    const { model: smaller, report } = removeUnits(model, { hidden: [0] });
    const reason = "the bias of outputs, quantized_bits(8,3,0,alpha=1), cannot hold its constant";
    assert.deepEqual(report.notRemoved, [{ layer: "hidden", unit: 1, reason }]);
    assert.deepEqual(report.units, { hidden: [0, 1] });
    assert.equal(difference(maskUnits(model, { hidden: [0] }), smaller), 0);
  });

  it("gives the same bits as masking, also with scales found from the weights", () => {
    const formats = [
      "quantized_bits(8,3,alpha=1)", "quantized_bits(4)", "quantized_bits(4,0,alpha='auto')", "ternary()", "quantized_bits(2,0,alpha=1)",
    ];
    const drawn = fc.record({
      kernelQuantizer: fc.constantFrom(...formats),
      biasQuantizer: fc.constantFrom("quantized_bits(8,3,alpha=1)", "quantized_bits(5,1)", "quantized_bits(5,1,alpha='auto')"),
      activation: fc.constantFrom("quantized_relu(6,2)", "quantized_tanh(5)", "quantized_bits(5,1,alpha=1)", "quantized_sigmoid(4)"),
      isSeparate: fc.boolean(),
      seed: fc.nat(1e6),
    });
    let removed = 0;
    fc.assert(
      fc.property(drawn, ({ kernelQuantizer, biasQuantizer, activation, isSeparate, seed }) => {
        const quantizers = { kernelQuantizer, biasQuantizer };
        const hidden = (name: string, inputShape?: number[]): tf.layers.Layer[] => [
          qDense({ units: 6, name, ...quantizers, ...(inputShape && { inputShape }), ...(!isSeparate && { activation }) }),
          ...(isSeparate ? [qActivation({ activation })] : []),
        ];
        const outputs = qDense({ units: 2, name: "outputs", ...quantizers });
        const model = tf.sequential({ layers: [...hidden("a", [5]), ...hidden("b"), outputs] });
        drawWeights(model, seed);
        const keep = drawUnits(model, seed);
        const masked = maskUnits(model, keep);
        const { model: smaller, report } = removeUnits(model, keep);
        assert.ok(difference(masked, smaller) <= 1e-6);
        removed += 12 - report.units.a.length - report.units.b.length;
        for (const one of [model, masked, smaller]) one.dispose();
      }),
      { numRuns: 60 },
    );
    assert.ok(removed > 150, `only ${removed} units were removed`);
  });

  it("keeps units whose absence would change an automatic scale", () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [2], activation: "sigmoid", name: "hidden" }),
        qDense({ units: 1, kernelQuantizer: "quantized_bits(4,0,alpha='auto')", name: "outputs" }),
      ],
    });
    model.setWeights([tf.ones([2, 3]), tf.zeros([3]), tf.tensor2d([0.1, 0.24, 1], [3, 1]), tf.zeros([1])]);
    const { model: smaller, report } = removeUnits(model, { hidden: [0, 1] });
    assert.deepEqual(report.notRemoved, [
      { layer: "hidden", unit: 2, reason: "without units of hidden the automatic scale of outputs would be another" },
    ]);
    assert.equal(difference(maskUnits(model, { hidden: [0, 1] }), smaller), 0);
  });

  it("refuses kernels whose format has no zero", () => {
    const signs = qDense({ units: 2, inputShape: [2], kernelQuantizer: "binary(alpha=1)", name: "signs" });
    const model = tf.sequential({ layers: [signs, tf.layers.dense({ units: 1 })] });
    const before = tf.memory().numTensors;
    assert.throws(() => removeUnits(model, { signs: [0] }), {
      name: "RangeError",
      message: "Expected a kernel quantizer that has a zero for the units of signs but found binary(alpha=1.0).",
    });
    assert.equal(tf.memory().numTensors, before);
  });
});

describe("removeUnits behind layers without units of their own", () => {
  const behind = (layer: tf.layers.Layer): tf.Sequential =>
    tf.sequential({
      layers: [layer, tf.layers.flatten(), tf.layers.dense({ units: 3, name: "hidden" }), tf.layers.dense({ units: 2, name: "output" })],
    });

  it("reports what they hold and compute", () => {
    const model = behind(tf.layers.conv1d({ filters: 4, kernelSize: 3, inputShape: [8, 2], name: "front" }));
    const { model: smaller, report } = removeUnits(model, { hidden: [0] });
    const [front, hidden] = report.layers;
    assert.deepEqual([front.unitsBefore, front.unitsAfter, front.macsBefore, front.macsAfter], [4, 4, 144, 144]);
    assert.deepEqual([hidden.unitsBefore, hidden.unitsAfter], [3, 1]);
    assert.deepEqual(smaller.outputs[0].shape, [null, 2]);
  });

  it("leaves nothing behind where they cannot be counted", () => {
    const model = behind(tf.layers.simpleRNN({ units: 4, inputShape: [8, 2], returnSequences: true, name: "front" }));
    const before = tf.memory().numTensors;
    for (const remove of [() => removeUnits(model, { hidden: [0] }), () => removeDeadUnits(model)]) {
      assert.throws(remove, { name: "TypeError", message: /found front, a SimpleRNN/ });
      assert.equal(tf.memory().numTensors, before);
    }
  });
});

describe("removeUnits and maskUnits refuse", () => {
  const dense = (name: string, units = 3): tf.layers.Layer => tf.layers.dense({ units, name });
  const chain = (...layers: tf.layers.Layer[]): tf.Sequential =>
    tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [4] }), ...layers] });
  const two = (): tf.Sequential => chain(dense("a"), dense("b"));
  const softmaxed = (): tf.layers.Layer => tf.layers.dense({ units: 3, name: "a", activation: "softmax" });
  const moved = (): tf.layers.Layer => tf.layers.reshape({ targetShape: [2, 2], name: "moved" });
  const inner = (): tf.Sequential => tf.sequential({ name: "inner", layers: [tf.layers.dense({ units: 3, inputShape: [4] })] });
  type Refusal = [what: string, build: () => tf.LayersModel, keep: Record<string, number[]>, name: string, message: RegExp];
  const refusals: Refusal[] = [
    ["the last layer", two, { b: [0] }, "RangeError", /can be removed \(a; the last one's are the model's outputs\) but found "b"/],
    ["a layer that is not there", two, { c: [0] }, "RangeError", /but found "c"/],
    ["no unit at all", two, { a: [] }, "RangeError", /units of a, some of 0 to 2 in ascending order, but found \[\]/],
    ["units out of range", two, { a: [1, 3] }, "RangeError", /found \[1, 3\]/],
    ["units out of order", two, { a: [2, 1] }, "RangeError", /found \[2, 1\]/],
    ["a unit twice", two, { a: [1, 1] }, "RangeError", /found \[1, 1\]/],
    ["what is being pruned", () => pruneLowMagnitude(two()), { a: [0] }, "TypeError", /found prune_low_magnitude_a: call stripPruning first/],
    [
      "softmax between layers", () => chain(dense("a"), tf.layers.softmax({ name: "mix" }), dense("b")), { a: [0] },
      "TypeError", /found mix, a Softmax/,
    ],
    ["softmax of a layer", () => chain(softmaxed(), dense("b")), { a: [0] }, "TypeError", /found a with the activation softmax/],
    ["moved units", () => chain(dense("a", 4), moved(), dense("b")), { a: [0] }, "TypeError", /between a and b but found moved, a Reshape/],
    ["a model inside of the model", () => chain(inner(), dense("b")), {}, "TypeError", /found inner, a model inside/],
  ];
  for (const [what, build, keep, name, message] of refusals) {
    it(what, () => {
      assert.throws(() => maskUnits(build(), keep), { name, message });
      assert.throws(() => removeUnits(build(), keep), { name, message });
    });
  }

  it("a model that branches, naming the layer", () => {
    const input = tf.input({ shape: [4] });
    const a = dense("a").apply(input) as tf.SymbolicTensor;
    const b = dense("b").apply(a) as tf.SymbolicTensor;
    const sum = tf.layers.add({ name: "sum" }).apply([a, b]) as tf.SymbolicTensor;
    assert.throws(() => removeUnits(tf.model({ inputs: input, outputs: sum }), { a: [0] }), {
      name: "TypeError",
      message: /one chain but found sum, which does not follow b alone/,
    });
  });
});

describe("what is left after removing units", () => {
  const build = (): tf.Sequential => {
    const layer = (units: number, seed: number, options: object): tf.layers.Layer =>
      tf.layers.dense({ units, kernelInitializer: tf.initializers.heNormal({ seed }), ...options });
    return tf.sequential({
      layers: [
        layer(12, 1, { inputShape: [6], activation: "relu", name: "hidden" }),
        tf.layers.batchNormalization(),
        tf.layers.dropout({ rate: 0.1 }),
        layer(8, 2, { activation: "tanh", name: "deep" }),
        layer(2, 3, { activation: "softmax", name: "outputs" }),
      ],
    });
  };

  it("is a sequential model that fit trains with its own kernels", async () => {
    const { model } = removeUnits(build(), { hidden: [0, 2, 4, 6, 8], deep: [1, 3, 5] });
    assert.ok(model instanceof tf.Sequential);
    model.compile({ optimizer: adam(0.02), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
    const random = createRandom(4);
    const x = { values: Float32Array.from({ length: 200 * 6 }, () => random.normal()), shape: [200, 6] as [number, number] };
    const label = (_: unknown, i: number): number => Number(x.values[Math.floor(i / 2) * 6] > 0 === (i % 2 === 0));
    const y = { values: Float32Array.from({ length: 400 }, label), shape: [200, 2] as [number, number] };
    const { engine, history } = await fit(model, x, y, { epochs: 10, batchSize: 20, verbose: 0, seed: 1 });
    assert.equal(engine, "wasm");
    assert.ok((history.accuracy.at(-1) as number) > 0.9);
  });

  it("is counted in the report, by layer and in total", () => {
    const { report } = removeUnits(build(), { hidden: [0, 2, 4, 6, 8], deep: [1, 3, 5] });
    const row = (layer: string, ...[unitsBefore, unitsAfter, paramsBefore, paramsAfter, macsBefore, macsAfter]: number[]): object =>
      ({ layer, unitsBefore, unitsAfter, paramsBefore, paramsAfter, macsBefore, macsAfter });
    const name = report.layers[1].layer;
    assert.deepEqual(report.layers, [
      row("hidden", 12, 5, 84, 35, 72, 30),
      row(name, 12, 5, 48, 20, 0, 0),
      row("deep", 8, 3, 104, 18, 96, 15),
      row("outputs", 2, 2, 18, 8, 16, 6),
      row("total", 20, 8, 254, 81, 184, 51),
    ]);
  });

  it("costs no memory but the new model's weights", () => {
    const model = build();
    const keep = { hidden: [0, 1], deep: [3] };
    outputsOf(model);
    const before = tf.memory().numTensors;
    const masked = maskUnits(model, keep);
    const { model: smaller } = removeUnits(model, keep);
    assert.equal(tf.memory().numTensors, before + masked.weights.length + smaller.weights.length);
    masked.dispose();
    smaller.dispose();
    assert.equal(tf.memory().numTensors, before);
  });
});
