import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { createRandom } from "../../lib/data/random.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { polynomialDecay } from "../../lib/pruning/polynomialDecay.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { type PruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitudeLayer.js";
import { adam } from "../../lib/training/adam.js";
import { fit } from "../../lib/training/fit.js";
import { fitAll } from "../../lib/training/fitAll.js";
import type { FitJob } from "../../lib/training/fitAll.js";
import { createShare } from "../../lib/training/share.js";

const random = createRandom(8);
const labels = Array.from({ length: 70 }, () => random.integer(3));
const x = { values: Float32Array.from(labels.flatMap((label) => [0, 1, 2, 3].map((i) => random.normal(Number(i === label), 0.2)))), shape: [70, 4] as [number, number] };
const y = { values: Float32Array.from(labels.flatMap((label) => [0, 1, 2].map((i) => Number(i === label)))), shape: [70, 3] as [number, number] };

/** Quantized by a format that has a kernel and by one that has none, with dropout, and pruned. */
function build(seed: number): tf.LayersModel {
  const kernelInitializer = tf.initializers.heNormal({ seed });
  const model = tf.sequential({
    layers: [
      qDense({ units: 9, inputShape: [4], kernelQuantizer: "quantized_bits(6,1,alpha=1)", biasQuantizer: "quantized_po2(4)", kernelInitializer }),
      qActivation({ activation: "quantized_tanh(6)" }),
      tf.layers.dropout({ rate: 0.2 }),
      tf.layers.dense({ units: 3, activation: "softmax", kernelInitializer }),
    ],
  });
  const pruningSchedule = polynomialDecay({ initialSparsity: 0, finalSparsity: 0.4, beginStep: 0, endStep: 12, frequency: 3 });
  const pruned = pruneLowMagnitude(model, { pruningSchedule });
  pruned.compile({ optimizer: adam(0.02), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  return pruned;
}

const options = (seed: number) => ({ epochs: 4, batchSize: 16, seed, validationSplit: 0.2 });
const valuesOf = (model: tf.LayersModel): number[][] => model.getWeights().map((weight) => [...weight.dataSync()]);

describe("fitAll", () => {
  it("trains each model as fit trains it, bit for bit, and leaves optimizers that go on alike", async () => {
    const seeds = [1, 2, 3];
    const jobs = seeds.map((seed): FitJob => ({ model: build(seed), x, y, options: options(seed) }));
    const histories = await fitAll(jobs, { workers: 2, verbose: 0 });
    for (const [i, seed] of seeds.entries()) {
      const model = build(seed);
      const history = await fit(model, x, y, { ...options(seed), verbose: 0 });
      assert.deepEqual(histories[i], history);
      assert.deepEqual(valuesOf(jobs[i].model), valuesOf(model));
      const [layer] = jobs[i].model.layers;
      assert.equal((layer as PruneLowMagnitude).maskValues().filter((kept) => kept === 0).length, 14, "40 % of 36 weights");
      const more = { epochs: 1, batchSize: 16, seed, verbose: 0 as const };
      assert.deepEqual(await fit(jobs[i].model, x, y, more), await fit(model, x, y, more));
      assert.deepEqual(valuesOf(jobs[i].model), valuesOf(model));
    }
  });

  it("does not copy samples that lie in shared memory, and copies others once, tensors too", () => {
    const share = createShare();
    const inShared = { values: new Float32Array(new SharedArrayBuffer(16)), shape: [2, 2] as [number, number] };
    assert.equal(share(inShared, "x").values, inShared.values);
    const copy = share(x, "x");
    assert.ok(copy.values.buffer instanceof SharedArrayBuffer);
    assert.deepEqual([...copy.values], [...x.values]);
    assert.equal(share({ ...x }, "x").values, copy.values);
    const tensor = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    assert.equal(share(tensor, "x").values, share(tensor, "x").values);
    assert.deepEqual([...share(tensor, "x").values], [1, 2, 3, 4]);
  });

  it("leaves trainings that its signal ends as far as they were trained, and rejects with the signal's reason", async (t) => {
    const jobs = [1, 2].map((seed): FitJob => ({ model: build(seed), x, y, options: { ...options(seed), epochs: 1e6 } }));
    const before = jobs.map(({ model }) => valuesOf(model));
    const stop = new AbortController();
    // The bar is drawn on a terminal only; it tells when the first training has made a step.
    const isTTY = Object.getOwnPropertyDescriptor(process.stderr, "isTTY");
    Object.defineProperty(process.stderr, "isTTY", { value: true, configurable: true });
    t.after(() => (isTTY ? Object.defineProperty(process.stderr, "isTTY", isTTY) : Reflect.deleteProperty(process.stderr, "isTTY")));
    const drawn: string[] = [];
    const write = t.mock.method(process.stderr, "write", (text: string) => {
      drawn.push(text);
      if (/ [1-9][\d,]*\/[\d,]+ steps/.test(text)) stop.abort(new Error("enough"));
      return true;
    });
    await assert.rejects(fitAll(jobs, { workers: 1, signal: stop.signal }), /^Error: enough$/);
    write.mock.restore();
    assert.match(drawn.at(-1) ?? "", /training: stopped at [1-9][\d,]*\/[\d,]+ steps after .* · stopped: enough/);

    const { iterations } = jobs[0].model.optimizer;
    assert.ok(iterations > 0);
    const model = build(1);
    const same = new AbortController();
    const onBatchEnd = (step: number): void => void (step === iterations && same.abort(new Error("enough")));
    await assert.rejects(fit(model, x, y, { ...options(1), epochs: 1e6, verbose: 0, signal: same.signal, callbacks: { onBatchEnd } }), /enough/);
    assert.deepEqual(valuesOf(jobs[0].model), valuesOf(model));
    const more = { epochs: 1, batchSize: 16, verbose: 0 as const };
    assert.deepEqual(await fit(jobs[0].model, x, y, more), await fit(model, x, y, more), "its optimizer goes on alike");

    assert.equal(jobs[1].model.optimizer.iterations, 0);
    assert.deepEqual(valuesOf(jobs[1].model), before[1], "the second had not begun");
    await assert.rejects(fitAll(jobs, { verbose: 0, signal: stop.signal }), /enough/);
  });

  it("names the job that failed, keeps what others have trained and ends those under way", async (t) => {
    const models = [1, 2, 3].map(build);
    // A worker does not know this schedule.
    Object.assign((models[1].layers[0] as PruneLowMagnitude).pruningSchedule, { className: "Mine" });
    const [short, failing, endless] = models.map((model, i): FitJob => ({ model, x, y, options: { ...options(i + 1), epochs: i === 2 ? 1e9 : 4 } }));
    const write = t.mock.method(process.stderr, "write", () => true);
    const message = `job 2 (${models[1].name}): Expected a pruning schedule, ConstantSparsity, PolynomialDecay or FixedMask, but found "Mine".`;
    await assert.rejects(fitAll([short, failing], { workers: 1 }), { name: "RangeError", message });
    write.mock.restore();
    const lines = write.mock.calls.map(({ arguments: [text] }) => String(text));
    assert.ok(lines.at(-1)?.includes(` · failed: ${message}`), lines.at(-1));
    const model = build(1);
    await fit(model, x, y, { ...options(1), verbose: 0 });
    assert.deepEqual(valuesOf(models[0]), valuesOf(model));
    await assert.rejects(fitAll([endless, failing], { workers: 2, verbose: 0 }), { name: "RangeError", message });
  });

  it("says before it starts what it cannot train", async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4], activation: "elu" })] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    await assert.rejects(fitAll([{ model, x, y }], { verbose: 0 }), /^TypeError: job 1 \(\w+\): fitAll trains.*the activation "elu".*Use fit/);
    await assert.rejects(fitAll([{ model: build(1), x, y, options: { epochs: 0 } }]), /epochs to be a whole number above 0/);
    await assert.rejects(fitAll([], { workers: 0 }), /workers to be a whole number above 0 but found 0/);
    assert.deepEqual(await fitAll([]), []);
  });
});
