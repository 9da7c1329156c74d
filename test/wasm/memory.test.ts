import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { createRandom } from "../../lib/data/random.js";
import { describeNetwork } from "../../lib/network/describeNetwork.js";
import { compiled } from "../../lib/training/compiled.js";
import type { Loss } from "../../lib/network/loss.js";
import type { Arena } from "../../lib/wasm/arena.js";
import { NetworkTrainer } from "../../lib/wasm/networkTrainer.js";
import type { Signal } from "../../lib/wasm/signal.js";
import type { StoredWeight } from "../../lib/wasm/storedWeight.js";
import { architectures, textOf } from "../network/architecture.js";
import type { Architecture } from "../network/architecture.js";
import { buildModel } from "../network/buildModel.js";
import { drawData } from "../network/drawData.js";
import { asBatch } from "../network/drawCase.js";
import { paddingAt } from "./storeWeight.js";

/** What a trainer keeps for itself. */
interface Internals {
  arena: Arena;
  weights: (Pick<StoredWeight, "weight" | "values" | "gradient" | "effective" | "rows" | "columns" | "panelRows" | "size"> & {
    mask: number;
  })[];
  stages: { stages: { x: Signal; y: Signal }[] };
}

const internals = (trainer: NetworkTrainer): Internals => trainer as unknown as Internals;

/** The numbers between the rows of a signal. */
function paddingOf({ columns, stride }: Signal, arena: Arena, address: number, batch: number): number[] {
  if (address === 0) return [];
  return [...arena.at(address, batch * stride)].filter((_, i) => i % stride >= columns);
}

function build(architecture: Architecture, batchSize: number): { trainer: NetworkTrainer; loss: Loss } {
  const model = buildModel(architecture, createRandom(architecture.seed));
  const loss = compiled(model).described as Loss;
  const { network } = describeNetwork(model);
  const rule = { kind: "adam", beta1: 0.9, beta2: 0.999, epsilon: 1e-7, epsilonAfterCorrection: false } as const;
  return { trainer: new NetworkTrainer(network, { loss, rule, batchSize, countsCorrect: true }), loss };
}

describe("the kernels' memory", () => {
  it("holds zeros wherever rows and columns are filled up, after steps and evaluations too", () => {
    fc.assert(
      fc
        .property(architectures, (architecture) => {
          const what = textOf(architecture);
          const { trainer, loss } = build(architecture, architecture.batch);
          const random = createRandom(1);
          for (let step = 1; step <= 4; step++) {
            const data = drawData(architecture, loss, architecture.batch, random);
            trainer.step(asBatch(data), { seed: 0, step }, 0.01);
            trainer.evaluate(data.x, data.y, data.weights);
          }
          const { arena, weights, stages } = internals(trainer);
          for (const stored of weights) {
            const { values, gradient, effective, mask } = stored;
            for (const [name, address] of Object.entries({ values, gradient, effective, mask })) {
              if (address === 0) continue;
              assert.ok(
                paddingAt(stored, arena, address).every((value) => value === 0),
                `${name} of ${stored.weight.name}: ${what}`,
              );
            }
          }
          for (const [i, { x, y }] of stages.stages.entries()) {
            for (const [signal, address] of [
              [x, x.values],
              [y, y.values],
              [x, x.gradient],
              [y, y.gradient],
            ] as const) {
              const padding = paddingOf(signal, arena, address, architecture.batch);
              assert.ok(
                padding.every((value) => value === 0),
                `stage ${i}: ${what}`,
              );
            }
          }
        })
        .afterEach(() => tf.disposeVariables()),
      { seed: 1, numRuns: 200, includeErrorInReport: true },
    );
  });

  it("does not grow over 10,000 steps, nor do tensors stay", () => {
    const architecture: Architecture = {
      form: "sequential",
      inputShape: [7],
      zeros: 0.5,
      inputQuantizer: "quantized_bits(4,1,alpha=1)",
      layers: [
        {
          kind: "qDense",
          units: 5,
          useBias: true,
          activation: "relu",
          kernelQuantizer: "quantized_bits(4,0)",
          biasQuantizer: "binary()",
          frozen: false,
        },
        { kind: "dropout", rate: 0.2 },
        { kind: "batchNormalization", momentum: 0.9, epsilon: 1e-3, regularized: true, frozen: false },
        { kind: "qActivation", activation: "quantized_tanh(4)" },
      ],
      head: { loss: "categoricalCrossentropy", activation: "softmax", units: 3 },
      headQuantizer: "",
      pruning: "exact",
      pattern: { scope: "global" },
      weighting: "none",
      batch: 6,
      seed: 1,
    };
    const { trainer, loss } = build(architecture, 6);
    const data = drawData(architecture, loss, 6, createRandom(1));
    const batch = asBatch(data);
    const sizes = (): [number, number] => [internals(trainer).arena.numbers.byteLength, tf.memory().numTensors];
    const before = sizes();
    for (let step = 1; step <= 10_000; step++) trainer.step(batch, { seed: 0, step }, 1e-3);
    trainer.evaluate(data.x, data.y, null);
    assert.deepEqual(sizes(), before);
  });
});
