import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { asLogits } from "../../lib/distillation/logits.js";
import { accuracyByLabels } from "../../lib/figures/accuracyByLabels.js";
import { accuracyByTemperature } from "../../lib/figures/accuracyByTemperature.js";
import { pairedDifferences } from "../../lib/figures/pairedDifferences.js";
import { softLabelsByTemperature } from "../../lib/figures/softLabelsByTemperature.js";

type Attributes = { [attribute: string]: unknown };

describe("accuracyByLabels", () => {
  const series = { name: "alone", labels: [500, 54_000], accuracy: [0.75, 1], low: [0.5, 1], high: [0.75, 1] };

  it("draws percent over a logarithmic axis with a number at each count", () => {
    const { data, layout } = accuracyByLabels([series]);
    assert.deepEqual([data[0].x, data[0].y], [[500, 54_000], [75, 100]]);
    const { type, tickvals, ticktext } = layout.xaxis as Attributes;
    assert.deepEqual([type, tickvals, ticktext], ["log", [500, 54_000], ["500", "54,000"]]);
    assert.deepEqual((data[0].error_y as { arrayminus: number[] }).arrayminus, [25, 0]);
  });

  it("refuses a number of labels that is not above 0", () => {
    assert.throws(() => accuracyByLabels([{ ...series, labels: [0, 500] }]), {
      name: "RangeError", message: 'Expected numbers of labels above 0 for "alone" but found 0',
    });
  });
});

describe("accuracyByTemperature", () => {
  it("draws percent over a logarithmic axis with a number at each temperature", () => {
    const { data, layout } = accuracyByTemperature([{ name: "taught", temperature: [1, 2, 8], accuracy: [0.5, 0.75, 1] }]);
    assert.deepEqual([data[0].x, data[0].y], [[1, 2, 8], [50, 75, 100]]);
    assert.deepEqual((layout.xaxis as Attributes).tickvals, [1, 2, 8]);
  });

  it("refuses a temperature that is not above 0", () => {
    assert.throws(() => accuracyByTemperature([{ name: "taught", temperature: [-1], accuracy: [0.5] }]), {
      name: "RangeError", message: 'Expected temperatures above 0 for "taught" but found -1',
    });
  });
});

describe("pairedDifferences", () => {
  it("draws points with their intervals, in rows from the top, and a line at 0", () => {
    const { data, layout } = pairedDifferences([
      { name: "a", difference: 0.25, interval: [0.125, 0.5] }, { name: "b", difference: -0.25, interval: [-0.5, 0.25] },
    ], { controlName: "alone" });
    assert.deepEqual(data.map(({ x, y }) => [x, y]), [[[25], [0]], [[-25], [1]]]);
    const { array, arrayminus } = data[0].error_x as { array: number[]; arrayminus: number[] };
    assert.deepEqual([array, arrayminus], [[25], [12.5]]);
    assert.match(JSON.stringify(layout.xaxis), /Points ahead of alone/);
    const [low, high] = (layout.yaxis as { range: [number, number] }).range;
    assert.ok(low > high, "the first row is at the top");
    assert.equal((layout.shapes as Attributes[])[0].x0, 0);
  });

  it("refuses an interval that does not hold its difference, and no rows", () => {
    assert.throws(() => pairedDifferences([{ name: "a", difference: 0.5, interval: [0, 0.25] }]), {
      name: "RangeError", message: 'Expected the interval of "a" to hold 0.5 but found 0 to 0.25',
    });
    assert.throws(() => pairedDifferences([]), RangeError);
  });
});

describe("softLabelsByTemperature", () => {
  // exp(z / 1): 4 and 1; exp(z / 2): 2 and 1.
  const logits = asLogits({ values: Float32Array.of(Math.log(4), 0), shape: [1, 2] });
  const options = { temperatures: [1, 2], classNames: ["a", "b"] };

  it("shows one temperature, the slider the others", () => {
    const { data, layout } = softLabelsByTemperature(logits, { ...options, active: 1 });
    assert.deepEqual(data[0].x, ["a", "b"]);
    assert.deepEqual(data[0].y, [66.667, 33.333]);
    const [{ active, steps }] = layout.sliders as { active: number; steps: { args: [{ y: number[][] }, Record<string, string>, number[]] }[] }[];
    assert.equal(active, 1);
    assert.deepEqual(steps.map(({ args: [{ y }] }) => y[0]), [[80, 20], [66.667, 33.333]]);
    assert.deepEqual(steps[0].args[2], [0]);
    const texts = steps.map(({ args }) => args[1]["annotations[0].text"]);
    assert.equal(texts[0], "Temperature 1: the likeliest class has 80.0 %, the next one 20.0 %.");
    assert.equal((layout.annotations as Attributes[])[0].text, texts[1]);
  });

  it("has bars and a picture for each sample, and its text behind their names", () => {
    const two = asLogits({ values: Float32Array.of(0, 0, Math.log(4), 0), shape: [2, 2] });
    const images = [new Float32Array(784), new Float32Array(784).fill(1)];
    const { data, layout } = softLabelsByTemperature(two, { ...options, names: ["one", "other"], images });
    assert.deepEqual(data.map(({ y }) => y), [[50, 50], [80, 20]]);
    assert.equal((layout.images as unknown[]).length, 2);
    assert.deepEqual((layout.annotations as Attributes[]).map(({ text }) => text), [
      "one", "other", "Temperature 1: the likeliest class has 65.0 % on average, the next one 35.0 %.",
    ]);
    const [{ steps }] = layout.sliders as { steps: { args: [unknown, Record<string, string>] }[] }[];
    assert.deepEqual(Object.keys(steps[0].args[1]), ["annotations[2].text"]);
  });

  it("says what it expected", () => {
    const refused = (changes: object, message: RegExp): void =>
      assert.throws(() => softLabelsByTemperature(logits, { ...options, ...changes }), { name: "RangeError", message });
    refused({ temperatures: [0] }, /temperatures above 0 but found 0/);
    refused({ active: 2 }, /one of 2 temperatures but found 2/);
    refused({ names: [] }, /1 names but found 0/);
    refused({ classNames: ["a"] }, /2 classNames but found 1/);
    assert.throws(() => softLabelsByTemperature(asLogits({ values: new Float32Array(14), shape: [7, 2] })), /1 to 6 samples but found 7/);
    assert.throws(() => softLabelsByTemperature(asLogits({ values: new Float32Array(1), shape: [1, 1] })), /at least 2 classes but found 1/);
  });
});
