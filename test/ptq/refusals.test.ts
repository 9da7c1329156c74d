import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { ready } from "../../lib/backend.js";
import { adaRound } from "../../lib/ptq/adaRound.js";
import { biasCorrection } from "../../lib/ptq/biasCorrection.js";
import { calibrate } from "../../lib/ptq/calibrate.js";
import { fullIntegerQuantize } from "../../lib/ptq/fullIntegerQuantize.js";
import { weightOnlyQuantize } from "../../lib/ptq/weightOnlyQuantize.js";
import { constantSparsity } from "../../lib/pruning/constantSparsity.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";

const dense = (): tf.layers.Layer => tf.layers.dense({ units: 3, inputShape: [2], name: "hidden" });

describe("quantization after training", () => {
  before(() => ready());

  it("refuses numbers that are not finite, and says where they are", async () => {
    const model = tf.sequential({ layers: [dense()] });
    const x = { values: Float32Array.of(1, 2, 3, NaN), shape: [2, 2] as [number, number] };
    const wrong = { name: "RangeError", message: /finite numbers in x but found NaN in sample 1/ };
    await assert.rejects(calibrate(model, x), wrong);
    await assert.rejects(biasCorrection(weightOnlyQuantize(model), model, x), wrong);
    await assert.rejects(adaRound(model, x, { verbose: 0 }), wrong);
  });

  it("says what to call for a normalization, and for a model that is being pruned", () => {
    const normalized = tf.sequential({ layers: [dense(), tf.layers.batchNormalization({ name: "norm" })] });
    assert.throws(() => weightOnlyQuantize(normalized), { name: "TypeError", message: /norm, a BatchNormalization: call foldBatchNormalization first/ });
    const pruned = pruneLowMagnitude(tf.sequential({ layers: [dense()] }), { pruningSchedule: constantSparsity({ targetSparsity: 0.5, beginStep: 0 }) });
    assert.throws(() => weightOnlyQuantize(pruned), { name: "TypeError", message: /call stripPruning first/ });
  });

  it("asks for a calibration where it gets a promise of one", () => {
    const model = tf.sequential({ layers: [dense()] });
    const forgotten = calibrate(model, { values: Float32Array.of(1, 2), shape: [1, 2] }) as unknown as Awaited<ReturnType<typeof calibrate>>;
    assert.throws(() => fullIntegerQuantize(model, forgotten), { name: "TypeError", message: /await calibrate/ });
  });
});
