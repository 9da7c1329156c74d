import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { createRandom } from "../../lib/data/random.js";
import { branchedModel, hiddenOutput, sizeOfOutput, targets } from "../../lib/distillation/branchedModel.js";
import type { BranchArgs } from "../../lib/distillation/branchedModel.js";
import { describeNetwork } from "../../lib/network/describeNetwork.js";
import type { Loss, OutputLoss, TargetSlice } from "../../lib/network/loss.js";
import { compiled } from "../../lib/training/compiled.js";
import { NetworkTrainer } from "../../lib/wasm/networkTrainer.js";
import { asBatch } from "../network/drawCase.js";
import { differentiate, roundingNoise } from "../network/oracle.js";
import { CLASSES, draw, INPUTS, network } from "./examples.js";

/** A branch behind a hidden layer: through how many units, to which loss, of targets or of another output. */
interface BranchSpec {
  from: number;
  units: number | null;
  kind: "none" | "meanSquaredError" | "relational" | "distillation";
  weight: number;
  /** Whether the target is what the network itself says. */
  isOwn: boolean;
}

const branch: fc.Arbitrary<BranchSpec> = fc.record({
  from: fc.nat(2),
  units: fc.option(fc.integer({ min: 1, max: 9 })),
  kind: fc.constantFrom("none", "meanSquaredError", "meanSquaredError", "relational", "distillation"),
  weight: fc.constantFrom(0.3, 1, 2),
  isOwn: fc.boolean(),
});

const specs = fc.record({
  hidden: fc.array(fc.integer({ min: 1, max: 11 }), { minLength: 1, maxLength: 3 }),
  activation: fc.constantFrom("tanh", "sigmoid", "linear"),
  ending: fc.constantFrom("softmax", "linear"),
  frozen: fc.constantFrom(-1, -1, 0, 1),
  losses: fc.subarray<"softmaxCrossEntropy" | "distillation" | "relational">(["softmaxCrossEntropy", "distillation", "relational"], { minLength: 1 }),
  branches: fc.array(branch, { maxLength: 3 }),
  batch: fc.integer({ min: 1, max: 9 }),
  weighted: fc.boolean(),
  seed: fc.nat(1e6),
});

const largestOf = (values: ArrayLike<number>): number => Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe("one step of the kernels on a network with branches", () => {
  it("has TensorFlow.js's loss and gradients", () => {
    let branched = 0;
    const check = (spec: typeof specs extends fc.Arbitrary<infer T> ? T : never): void => {
      const { hidden, activation, ending, frozen, seed } = spec;
      const random = createRandom(seed);
      const model = network(hidden, seed, { activation, ending });
      if (frozen >= 0 && frozen < hidden.length) model.layers[frozen].trainable = false;
      // Labels first, then columns for whoever needs them.
      let columns = CLASSES;
      const room = (size: number): TargetSlice => {
        columns += size;
        return targets(columns - size, size);
      };
      const labels = targets(0, CLASSES);
      const own = spec.losses.map((kind) => ({
        loss: (kind === "distillation" ? { kind, temperature: 3, alpha: 0.3 } : { kind }) as OutputLoss,
        targets: kind === "softmaxCrossEntropy" ? [labels] : kind === "distillation" ? [labels, room(CLASSES)] : [room(5)],
        weight: 0.7,
      }));
      const branches = spec.branches.map(({ from, units, kind, weight, isOwn }, i): BranchArgs => {
        const read = hiddenOutput(model, `hidden${1 + (from % hidden.length)}`, "test");
        const size = kind === "distillation" || (kind === "meanSquaredError" && isOwn) ? CLASSES : units;
        const output = size === null ? read : (tf.layers.dense({ units: size, name: `branch${i}` }).apply(read) as tf.SymbolicTensor);
        if (kind === "none") return { output };
        const target: TargetSlice = isOwn ? { of: "output", index: 0 } : room(kind === "relational" ? 4 : sizeOfOutput(output));
        const loss: OutputLoss = kind === "distillation" ? { kind, temperature: 2, alpha: 0.4 } : { kind };
        return { output, loss: { loss, targets: kind === "distillation" ? [labels, target] : [target], weight } };
      });
      if (branches.length > 0) branched++;
      const trained = branchedModel(model, own, branches, columns);
      draw(trained.model, seed);
      trained.model.compile({ optimizer: tf.train.sgd(0.1), loss: trained.loss });
      const info = compiled(trained.model);
      assert.equal(info.leavesSoftmax, ending === "softmax");
      const loss = info.described as Loss;
      const rows = (size: number, value: (j: number) => number) => ({
        values: Float32Array.from({ length: spec.batch * size }, (_, i) => value(i % size)), count: spec.batch, shape: [size], size,
      });
      const hasRelational = JSON.stringify(loss).includes("relational");
      const weights = spec.weighted && !hasRelational ? Float32Array.from({ length: spec.batch }, () => random.uniform(0, 2)) : null;
      const y = rows(columns, () => random.normal());
      for (let i = 0; i < spec.batch; i++) {
        const label = random.integer(CLASSES);
        for (let j = 0; j < CLASSES; j++) y.values[i * columns + j] = Number(j === label);
      }
      const data = { x: rows(INPUTS, () => random.normal()), y, weights };
      const { network: plain, variables } = describeNetwork(trained.model, { logits: info.leavesSoftmax, branches: true });
      assert.equal(plain.branches?.length ?? 0, branches.length);
      const trainer = new NetworkTrainer(plain, { loss, rule: { kind: "sgd" }, batchSize: spec.batch + (seed % 3), countsCorrect: true });
      const pass = { seed, step: 1 };
      const found = trainer.differentiate(asBatch(data), pass);
      const wanted = differentiate(trained.model, info, data, pass);
      assert.ok(Math.abs(found.loss - wanted.loss) <= 2e-5 * Math.max(Math.abs(wanted.loss), 0.1), `loss ${found.loss} instead of ${wanted.loss}`);
      // What cancels altogether, as the stretching that a relation does not see, is left with rounding errors.
      const least = 1e-6 * Math.max(1, ...wanted.gradients.map(largestOf));
      let noise: number[] | undefined;
      trainer.trainedWeights.forEach((weight, i) => {
        const { variable } = variables.find((entry) => entry.weight === weight) ?? {};
        const index = trained.model.trainableWeights.findIndex((candidate) => candidate === variable);
        const theirs = wanted.gradients[index];
        const off = largestOf(trainer.gradient(i).map((value, j) => value - theirs[j]));
        if (off <= Math.max(1e-5 * largestOf(theirs), least)) return;
        noise ??= roundingNoise(trained.model, info, data, pass);
        assert.ok(off <= 8 * noise[index], `gradient of ${weight.name} off by ${off} of ${largestOf(theirs)}`);
      });
      assert.equal(trainer.trainedWeights.length, trained.model.trainableWeights.length);
    };
    fc.assert(fc.property(specs, check).afterEach(() => tf.disposeVariables()), { seed: 1, numRuns: 200, includeErrorInReport: true });
    assert.ok(branched > 50);
  });
});
