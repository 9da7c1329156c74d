import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { constantSparsity } from "../../lib/pruning/constantSparsity.js";
import { customFromMask } from "../../lib/pruning/customFromMask.js";
import { magnitude } from "../../lib/pruning/magnitude.js";
import { masksOf } from "../../lib/pruning/masksOf.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { randomUnstructured } from "../../lib/pruning/randomUnstructured.js";
import { semiStructuredMasks } from "../../lib/pruning/semiStructuredMasks.js";
import type { SemiStructuredMasksArgs } from "../../lib/pruning/semiStructuredMasks.js";
import { stripPruning } from "../../lib/pruning/stripPruning.js";
import { wanda } from "../../lib/pruning/wanda.js";
import { toMByN } from "../../lib/sparse/mByN.js";
import { transpose } from "../../lib/sparse/transpose.js";
import { fit } from "../../lib/training/fit.js";

const build = (): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 8, inputShape: [12], name: "hidden", kernelInitializer: tf.initializers.heNormal({ seed: 1 }) }),
      tf.layers.dense({ units: 4, name: "output", kernelInitializer: tf.initializers.heNormal({ seed: 2 }) }),
    ],
  });

describe("semiStructuredMasks", () => {
  it("are those that training finds for the same weights, in blocks and m of n", async () => {
    for (const pattern of [{ sparsityMByN: [2, 4] }, { blockSize: [4, 2] }, { blockSize: [3, 3], blockPoolingType: "MAX" }] as const) {
      const model = build();
      const masks = semiStructuredMasks(magnitude(model), { ...pattern, ...("blockSize" in pattern && { sparsity: 0.75 }) });
      const pruningSchedule = constantSparsity({ targetSparsity: 0.75, beginStep: 0 });
      const pruned = pruneLowMagnitude(model, { pruningSchedule, ...pattern });
      pruned.compile({ optimizer: tf.train.sgd(0), loss: "meanSquaredError" });
      await fit(pruned, tf.ones([2, 12]), tf.ones([2, 4]), { verbose: 0 });
      assert.deepEqual(masks, masksOf(pruned), JSON.stringify(pattern));
    }
  });

  it("take any scores, and 2:4 is what sparse kernels store", () => {
    const model = build();
    const norms = { hidden: new Float32Array(12).fill(1).map((_, i) => 1 + i), output: new Float32Array(8).fill(1) };
    for (const scores of [wanda(model, norms), randomUnstructured(model, 3)]) {
      const pruned = stripPruning(customFromMask(model, semiStructuredMasks(scores, { sparsityMByN: [2, 4] })));
      for (const { weights: [kernel] } of pruned.layers) {
        const values = kernel.read().dataSync() as Float32Array;
        assert.doesNotThrow(() => toMByN(transpose({ values, shape: kernel.shape as [number, number] })));
      }
    }
  });

  it("follow a budget a layer, and leave out whom it does not name", () => {
    const masks = semiStructuredMasks(magnitude(build()), { sparsity: { output: 0.5 }, blockSize: [4, 1] });
    assert.deepEqual(Object.keys(masks), ["output"]);
    assert.equal(masks.output.reduce((a, b) => a + b, 0), 16);
  });

  it("refuse what makes no pattern, and scores that are NaN", () => {
    const scores = magnitude(build());
    const refuse = (args: SemiStructuredMasksArgs, name: string, message: string): void =>
      assert.throws(() => semiStructuredMasks(scores, args), { name, message });
    refuse({}, "TypeError", "Expected either sparsity or sparsityMByN but found neither.");
    refuse({ sparsity: 0.5, sparsityMByN: [2, 4] }, "TypeError", "Expected either sparsity or sparsityMByN but found both.");
    refuse({ sparsity: 1, blockSize: [2, 2] }, "RangeError", "sparsity of hidden must be in range [0, 1) but is 1.");
    refuse({ sparsityMByN: [4, 4] }, "RangeError", "Expected sparsityMByN to be two whole numbers, the first smaller, but found [4,4].");
    scores.output.scores[3] = NaN;
    refuse({ sparsityMByN: [2, 4] }, "RangeError", "Expected numbers as scores of output but found NaN.");
  });
});
