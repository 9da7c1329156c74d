import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { describeNetwork } from "../../lib/network/describeNetwork.js";
import { NetworkTrainer } from "../../lib/wasm/networkTrainer.js";
import { architectures, NONE, quantizers, textOf } from "./architecture.js";
import type { Architecture } from "./architecture.js";
import { asBatch, drawCase } from "./drawCase.js";
import { differentiate, roundingNoise } from "./oracle.js";

const TOLERANCE = 1e-5;

// Another seed draws other networks: NETWORK_SEED=2 NETWORK_RUNS=5000 node --import tsx --test test/network/gradients.test.ts
const parameters = { seed: Number(process.env.NETWORK_SEED ?? 1), numRuns: Number(process.env.NETWORK_RUNS ?? 400) };

/** The largest difference of two gradients. */
function difference(found: Float32Array, wanted: Float32Array): number {
  let largest = 0;
  found.forEach((value, i) => {
    const error = Math.abs(value - wanted[i]);
    if (!(error <= largest)) largest = error;
  });
  return largest;
}

const largestOf = (values: Float32Array): number => values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);

/** Holds loss, gradients and moving averages of one step against tfjs's. */
function compareStep(architecture: Architecture): void {
  const { model, info, loss, draw } = drawCase(architecture);
  const pass = { seed: architecture.seed, step: 5 };
  const data = draw(pass);
  fc.pre(data !== null);
  const { network, variables } = describeNetwork(model, { logits: info.leavesSoftmax });
  // Room for more samples than there are, as at the end of an epoch.
  const batchSize = data.x.count + (architecture.seed % 3);
  const trainer = new NetworkTrainer(network, { loss, rule: { kind: "sgd" }, batchSize, countsCorrect: true });
  const found = trainer.differentiate(asBatch(data), pass);
  trainer.download();
  const wanted = differentiate(model, info, data, pass);

  const what = textOf(architecture);
  const closeLoss = Math.abs(found.loss - wanted.loss) <= TOLERANCE * Math.abs(wanted.loss);
  assert.ok(closeLoss, `loss ${found.loss} instead of ${wanted.loss}: ${what}`);
  // What cancels altogether, as before a batch normalization, is left with rounding errors of what it cancels.
  const leastNoise = 1e-6 * Math.max(...wanted.gradients.map(largestOf));
  let noise: number[] | undefined;
  trainer.trainedWeights.forEach((weight, i) => {
    assert.equal(
      variables.find((entry) => entry.weight === weight)?.variable,
      model.trainableWeights[i],
      `order of weights: ${what}`,
    );
    const off = difference(trainer.gradient(i), wanted.gradients[i]);
    if (off <= TOLERANCE * largestOf(wanted.gradients[i])) return;
    noise ??= roundingNoise(model, info, data, pass);
    assert.ok(
      off <= Math.max(8 * noise[i], leastNoise),
      `gradient of ${weight.name} off by ${off} of ${largestOf(wanted.gradients[i])}, noise ${noise[i]}: ${what}`,
    );
  });
  for (const { variable, weight, part } of variables) {
    if (part === "mask" || weight.trainable) continue;
    // Frozen weights, and the moving averages, which tfjs moved in its forward pass too.
    const values = variable.read().dataSync() as Float32Array;
    const off = largestOf(values.map((value, i) => value - weight.values[i]));
    assert.ok(off <= TOLERANCE * Math.max(1, largestOf(values)), `${weight.name} off by ${off}: ${what}`);
  }
}

describe("one step of the kernels has tfjs's loss and gradients", () => {
  const property = (arbitrary: fc.Arbitrary<Architecture>): void =>
    fc.assert(
      fc.property(arbitrary, compareStep).afterEach(() => tf.disposeVariables()),
      { ...parameters, includeErrorInReport: true },
    );

  it("for random networks", () => property(architectures));

  it("for every quantizer as that of a kernel, a bias and an activation", () => {
    const three = fc.tuple(quantizers, quantizers, quantizers);
    property(
      fc
        .tuple(architectures, three, fc.integer({ min: 1, max: 12 }))
        .map(([architecture, [kernelQuantizer, biasQuantizer, activation], units]) => ({
          ...architecture,
          layers: [{ kind: "qDense" as const, units, useBias: true, activation, kernelQuantizer, biasQuantizer, frozen: false }],
          headQuantizer: NONE,
        })),
    );
  });
});
