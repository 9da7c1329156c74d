import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { asLogits } from "../../lib/distillation/logits.js";
import type { Logits } from "../../lib/distillation/logits.js";
import { smoothLabels } from "../../lib/distillation/smoothLabels.js";
import { ensembleLogits, softLabels } from "../../lib/distillation/softLabels.js";

const logit = fc.float({ min: -20, max: 20, noNaN: true });
const rows = (count: number, classes: number): fc.Arbitrary<Logits> =>
  fc.array(logit, { minLength: count * classes, maxLength: count * classes }).map((values) => asLogits({ values: Float32Array.from(values), shape: [count, classes] }));
const temperature = fc.float({ min: Math.fround(0.5), max: 20, noNaN: true });

describe("soft labels", () => {
  it("sum to 1, keep the order of the logits, and are the less sure the higher the temperature", () => {
    fc.assert(
      fc.property(rows(2, 4), temperature, (logits, t) => {
        const [cold, warm] = [t, 2 * t].map((each) => softLabels(logits, { temperature: each }).values);
        for (const start of [0, 4]) {
          const [z, p, q] = [logits.values, cold, warm].map((values) => [...values.subarray(start, start + 4)]);
          assert.ok(Math.abs(p.reduce((a, b) => a + b) - 1) < 1e-5);
          assert.ok(Math.max(...q) <= Math.max(...p) + 1e-6);
          assert.equal(p.indexOf(Math.max(...p)), p.indexOf(p[z.indexOf(Math.max(...z))]));
        }
      }),
    );
  });

  it("of an ensemble are those of its logits", () => {
    fc.assert(
      fc.property(rows(3, 4), rows(3, 4), rows(3, 4), temperature, (a, b, c, t) => {
        const wanted = softLabels([a, b, c], { temperature: t }).values;
        const found = softLabels(ensembleLogits([a, b, c], { temperature: t }), { temperature: t }).values;
        found.forEach((share, i) => assert.ok(Math.abs(share - wanted[i]) < 1e-5, `${share} instead of ${wanted[i]}`));
      }),
    );
  });

  it("say what is wrong", () => {
    const one = asLogits({ values: new Float32Array(4), shape: [2, 2] });
    assert.throws(() => softLabels(one, { temperature: -1 }), { name: "RangeError", message: "Expected temperature to be above 0 but found -1." });
    assert.throws(() => softLabels([]), { name: "RangeError", message: /one teacher or more but found none/ });
    assert.throws(() => ensembleLogits([one, asLogits({ values: new Float32Array(6), shape: [2, 3] })]), { name: "TypeError", message: /shape \[2,2\] but found \[2,3\]/ });
  });
});

describe("label smoothing", () => {
  it("leaves labels alone at 0, levels them at 1 and is Keras's between", () => {
    const labels = { values: Float32Array.from([1, 0, 0, 0, 0, 1, 0, 0]), shape: [2, 4] as [number, number] };
    assert.deepEqual([...smoothLabels(labels, 0).values], [...labels.values]);
    assert.deepEqual([...smoothLabels(labels, 1).values], new Array(8).fill(0.25));
    smoothLabels(labels, 0.1).values.forEach((y, i) => assert.ok(Math.abs(y - (labels.values[i] ? 0.925 : 0.025)) < 1e-7));
    assert.throws(() => smoothLabels(labels, 2), { name: "RangeError", message: "Expected smoothing to lie between 0 and 1 but found 2." });
  });
});
