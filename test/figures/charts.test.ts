import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inflateSync } from "node:zlib";

import { accuracyAgainstSize } from "../../lib/figures/accuracyAgainstSize.js";
import { accuracyByBits } from "../../lib/figures/accuracyByBits.js";
import { accuracyByEpoch } from "../../lib/figures/accuracyByEpoch.js";
import { accuracyMap } from "../../lib/figures/accuracyMap.js";
import { confusionMatrix } from "../../lib/figures/confusionMatrix.js";
import { errorByBits } from "../../lib/figures/errorByBits.js";
import type { Figure } from "../../lib/figures/figure.js";
import { compactFigure } from "../../lib/figures/compactFigure.js";
import { fixedPointFormats } from "../../lib/figures/fixedPointFormats.js";
import { formatLevels } from "../../lib/figures/formatLevels.js";
import { imageGrid } from "../../lib/figures/imageGrid.js";
import { levelHistogram } from "../../lib/figures/levelHistogram.js";
import { numberFormats } from "../../lib/figures/numberFormats.js";
import { scaleColor } from "../../lib/figures/sequentialScale.js";
import { sparsityByStep } from "../../lib/figures/sparsityByStep.js";
import { methodStyle } from "../../lib/figures/theme.js";
import { weightHistograms } from "../../lib/figures/weightHistograms.js";
import { getQuantizer } from "../../lib/quantizers/getQuantizer.js";

type Attributes = { [attribute: string]: unknown };

function annotations(figure: Figure): Attributes[] {
  return figure.layout.annotations as Attributes[];
}

describe("accuracyByBits", () => {
  const series = { name: "PTQ", bits: [2, 4, 8], accuracy: [0.5, 0.75, 1] };

  it("draws percent over bits, the spread as bars and the baseline as a line", () => {
    const { data, layout } = accuracyByBits([{ ...series, low: [0.25, 0.75, 1], high: [0.5, 0.875, 1] }], {
      baseline: { name: "float32", accuracy: 0.875 },
    });
    assert.deepEqual([data[0].x, data[0].y], [[2, 4, 8], [50, 75, 100]]);
    const { array, arrayminus } = data[0].error_y as { array: number[]; arrayminus: number[] };
    assert.deepEqual([array, arrayminus], [[0, 12.5, 0], [25, 0, 0]]);
    assert.equal((layout.shapes as Attributes[])[0].y0, 87.5);
    assert.match(JSON.stringify(layout.xaxis), /Bits of a weight/);
  });

  it("says what is wrong with a series", () => {
    assert.throws(() => accuracyByBits([{ ...series, bits: [0, 4, 8] }]), { name: "RangeError", message: /above 0 for "PTQ" but found 0/ });
    assert.throws(() => accuracyByBits([{ ...series, accuracy: [0.5, 0.75, 75] }]), { name: "RangeError", message: /0 to 1 for "PTQ" but found 75/ });
    assert.throws(() => accuracyByBits([{ ...series, low: [0.5] }]), { name: "RangeError", message: /for each of 3 points/ });
    assert.throws(() => accuracyByBits([]), { name: "RangeError", message: /at least one series/ });
  });
});

describe("accuracyByEpoch", () => {
  const history = { epoch: [0, 1, 2], history: { acc: [0.5, 0.75, 1], val_acc: [0.5, 0.5, 0.75] } };

  it("counts epochs from 1 and accuracy in percent", () => {
    const { data } = accuracyByEpoch([{ name: "run", history }]);
    assert.deepEqual(
      [data[0].x, data[0].y],
      [
        [1, 2, 3],
        [50, 75, 100],
      ],
    );
    assert.deepEqual(data[1].y, [50, 50, 75]);
  });

  it("draws validation in the method's dash and training thin and pale", () => {
    const [training, validation] = accuracyByEpoch([{ name: "run", method: "pruned", history }]).data;
    const { color, dash } = methodStyle("pruned");
    assert.deepEqual(validation.line, { color, dash, width: 2.4 });
    assert.deepEqual([training.line, training.opacity], [{ color, width: 1.2 }, 0.5]);
  });

  it("labels each run with its last value", () => {
    const texts = annotations(accuracyByEpoch([{ name: "a<b", history }])).map(({ text }) => text);
    assert.equal(texts[0], "a&lt;b: 75.0 %");
  });

  it("takes the metric it is told to", () => {
    const top5 = { epoch: [0], history: { top5: [0.25], val_top5: [0.125] } };
    const { data } = accuracyByEpoch([{ name: "run", history: top5 }], { metric: "top5" });
    assert.deepEqual([data[0].y, data[1].y], [[25], [12.5]]);
  });

  it("says which metrics there are when none is an accuracy", () => {
    const loss = { epoch: [0], history: { loss: [1], val_loss: [1] } };
    assert.throws(() => accuracyByEpoch([{ name: "run", history: loss }]), {
      name: "RangeError",
      message:
        /^Expected the history of "run" to have acc or .* but found loss, val_loss; compile the model with metrics/,
    });
  });

  it("does not draw tensors", () => {
    const tensors = { epoch: [0], history: { acc: [{ dataSync: () => [1] }] } };
    assert.throws(() => accuracyByEpoch([{ name: "run", history: tensors }]), {
      name: "TypeError",
      message: 'Expected acc of "run" to hold numbers but found object',
    });
  });

  it("keeps what was asked for as the range of the axis", () => {
    const figure = accuracyByEpoch([{ name: "run", history }], { range: [90, 100] });
    assert.deepEqual((figure.layout.yaxis as Attributes).range, [90, 100]);
    // The label of a curve that ends below the range stands at its lower end.
    const { y } = annotations(figure)[0] as { y: number };
    assert.ok(y >= 89 && y <= 91, String(y));
  });
});

describe("sparsityByStep", () => {
  it("draws steps, in percent, and the sparsity asked for", () => {
    const figure = sparsityByStep([{ name: "mask", step: [0, 100], sparsity: Float32Array.of(0, 0.25) }], {
      target: 0.25,
    });
    assert.deepEqual(
      [figure.data[0].x, figure.data[0].y],
      [
        [0, 100],
        [0, 25],
      ],
    );
    assert.equal((figure.data[0].line as Attributes).shape, "hv");
    assert.deepEqual(
      (figure.layout.shapes as Attributes[]).map(({ y0, y1 }) => [y0, y1]),
      [[25, 25]],
    );
  });

  it("refuses percentages and lengths that differ", () => {
    assert.throws(() => sparsityByStep([{ name: "mask", step: [0], sparsity: [20] }]), {
      name: "RangeError",
      message: 'Expected sparsity of "mask" from 0 to 1 but found 20',
    });
    assert.throws(() => sparsityByStep([{ name: "mask", step: [0, 1], sparsity: [0] }]), {
      message: 'Expected "mask" to have one sparsity a step but found 2 steps and 1 values',
    });
  });
});

describe("weightHistograms", () => {
  const bars = (figure: Figure): { x: number[]; y: number[] }[] =>
    figure.data.filter(({ type }) => type === "bar") as unknown as { x: number[]; y: number[] }[];

  it("counts exact zeros, of either sign, apart from small weights", () => {
    const figure = weightHistograms([{ name: "layer", weights: [0, -0, 1e-30, 1, -1] }]);
    const [others, zeros] = bars(figure);
    assert.deepEqual(zeros, { ...zeros, x: [0], y: [40] });
    assert.equal(
      others.y.reduce((sum, share) => sum + share),
      60,
    );
    assert.ok(annotations(figure).some(({ text }) => text === "40.0 % zeros"));
  });

  it("draws no bar of zeros where there are none", () => {
    const figure = weightHistograms([{ name: "layer", weights: [1, 2] }]);
    assert.equal(bars(figure).length, 1);
    assert.ok(annotations(figure).some(({ text }) => text === "no zeros"));
  });

  it("puts the bars of a quantized layer on the quantizer's levels", () => {
    const levels = [-1, -0.5, 0, 0.5];
    const [others] = bars(weightHistograms([{ name: "layer", weights: [-1, -0.5, 0.5, 0.5], levels }]));
    assert.deepEqual(
      [others.x, others.y],
      [
        [-1, -0.5, 0.5],
        [25, 25, 50],
      ],
    );
  });

  it("gives stages of one layer the same range, in rows", () => {
    const { layout } = weightHistograms([
      { name: "layer", stage: "before", weights: [-2, 2] },
      { name: "layer", stage: "after", weights: [-1, 1] },
    ]);
    const [before, after] = [layout.xaxis, layout.xaxis2] as Attributes[];
    assert.deepEqual(before.range, after.range);
    const [upper, lower] = [layout.yaxis, layout.yaxis2] as { domain: number[] }[];
    assert.ok(upper.domain[0] > lower.domain[1]);
  });

  it("stays small for a layer of many weights", () => {
    const weights = Float32Array.from({ length: 200_000 }, (_, index) => Math.sin(index));
    assert.ok(JSON.stringify(weightHistograms([{ name: "layer", weights }])).length < 5000);
  });

  it("refuses a layer without weights", () => {
    assert.throws(() => weightHistograms([{ name: "empty", weights: [] }]), {
      name: "RangeError",
      message: 'Expected weights in "empty" but found none',
    });
  });
});

describe("formatLevels", () => {
  it("gives all values of a format, rising", () => {
    assert.deepEqual(formatLevels(getQuantizer("quantized_bits(3,0,alpha=1)")), [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75]);
    assert.deepEqual(formatLevels(getQuantizer("quantized_relu(2,1)")), [0, 0.5, 1, 1.5]);
    assert.deepEqual(formatLevels(getQuantizer("ternary(alpha=0.5)")), [-0.5, 0, 0.5]);
    assert.deepEqual(formatLevels(getQuantizer("quantized_po2(3)")), [-2, -1, -0.5, -0.25, 0.25, 0.5, 1, 2]);
    assert.deepEqual(formatLevels(getQuantizer("quantized_tanh(2)")), [-1, -0.5, 0, 0.5]);
    assert.deepEqual(formatLevels(getQuantizer("quantized_bits(16,0,alpha=1)")), []);
  });
});

describe("levelHistogram", () => {
  const trace = (figure: Figure, wanted: string): { x: number[]; y: number[] } =>
    figure.data.find(({ name }) => name === wanted) as unknown as { x: number[]; y: number[] };

  it("tells levels that are used from those that are not", () => {
    const figure = levelHistogram([-1, -0.9, 0.1, 0.6, 3], "quantized_bits(3,0,alpha=1)");
    assert.deepEqual(trace(figure, "used").x, [-1, 0, 0.5, 0.75]);
    assert.deepEqual(trace(figure, "unused").x, [-0.75, -0.5, -0.25, 0.25]);
    assert.deepEqual(trace(figure, "after quantizing").y.map(Math.round), [40, 20, 20, 20]);
    const texts = annotations(figure).map(({ text }) => text);
    assert.ok(texts.includes("4 of 8 levels used. 20 % of the weights become 0, 20 % lie beyond the outermost levels."), texts.join("|"));
  });

  it("counts codes where each channel has a scale", () => {
    const figure = levelHistogram([1, 10, -1, -10], "quantized_bits(2,0,alpha='auto')", { shape: [2, 2] });
    assert.deepEqual([trace(figure, "used").x, trace(figure, "unused").x], [[-1, 1], [0]]);
  });

  it("stays small for a format of many levels", () => {
    const values = Array.from({ length: 20_000 }, (_, i) => Math.sin(i));
    for (const quantizer of ["quantized_bits(16,2,alpha=1)", "quantized_bits(10,2,alpha=1)"]) {
      const size = JSON.stringify(compactFigure(levelHistogram(values, quantizer))).length;
      assert.ok(size < 30_000, `${quantizer}: ${size}`);
    }
  });

  it("refuses to draw no values", () => {
    assert.throws(() => levelHistogram([], "binary(alpha=1)"), { name: "RangeError", message: "Expected values but found none" });
    assert.throws(() => levelHistogram([1, NaN], "binary(alpha=1)"), { name: "RangeError", message: /found NaN at place 1/ });
  });
});

describe("errorByBits", () => {
  it("draws errors from few bits to many, on a logarithmic axis", () => {
    const { data, layout } = errorByBits([{ name: "a", bits: [8, 2], error: [0.01, 0.1] }]);
    assert.deepEqual([data[0].x, data[0].y], [[2, 8], [0.1, 0.01]]);
    assert.equal((layout.yaxis as Attributes).type, "log");
  });

  it("refuses errors of 0", () => {
    assert.throws(() => errorByBits([{ name: "a", bits: [8], error: [0] }]), {
      name: "RangeError", message: 'Expected bits and errors above 0 for "a" but found 0',
    });
  });
});

describe("fixedPointFormats", () => {
  const values = [-1, -0.4, 0.1, 0.3, 0.9];
  const choice = { bits: [2, 3, 4], integer: [-1, 0, 2] };
  type Step = { method: string; args: [Record<string, unknown>, Record<string, unknown>?, number[]?] };

  /** What Plotly does with a step of a slider. */
  function move({ data, layout }: Figure, { method, args }: Step): void {
    const [changes, layoutChanges, traces] = method === "update" ? args : [{}, args[0], []];
    for (const [key, lists] of Object.entries(changes)) traces!.forEach((trace, i) => (data[trace][key] = (lists as unknown[])[i]));
    for (const [path, value] of Object.entries(layoutChanges!)) {
      const [, owner, index, key] = /^(\w+)(?:\[(\d+)\])?\.(\w+)$/.exec(path)!;
      const object = (index === undefined ? layout[owner] : (layout[owner] as unknown[])[Number(index)]) as Attributes;
      assert.ok(key in object, path);
      object[key] = value;
    }
  }

  it("has a slider for the bits and one for the integer bits, which lead to every format in either order", () => {
    for (const [row, bits] of choice.bits.entries()) {
      for (const [column, integer] of choice.integer.entries()) {
        const wanted = fixedPointFormats(values, { ...choice, active: { bits, integer } });
        for (const order of [[0, 1], [1, 0]]) {
          const figure = fixedPointFormats(values, choice);
          const sliders = figure.layout.sliders as { active: number; steps: Step[] }[];
          for (const at of order) {
            sliders[at].active = [row, column][at];
            move(figure, sliders[at].steps[[row, column][at]]);
          }
          assert.deepEqual(compactFigure(figure), compactFigure(wanted));
        }
      }
    }
  });

  it("draws the values of the format over the numbers, whatever the integer bits", () => {
    for (const [bits, integer] of [[2, -1], [3, 0], [4, 2]]) {
      const { data, layout } = fixedPointFormats(values, { ...choice, active: { bits, integer } });
      const levels = data.find(({ name }) => name === "levels") as unknown as { x: number[]; xaxis: string };
      const ownEnd = (layout.xaxis5 as { range: number[] }).range[1];
      const [end] = (layout.xaxis2 as { range: number[] }).range.slice(1);
      const drawn = levels.x.map((x) => (x / ownEnd) * end);
      const expected = formatLevels(getQuantizer(`quantized_bits(${bits},${integer},alpha=1)`));
      drawn.forEach((level, i) => assert.ok(Math.abs(level - expected[i]) < 1e-6, `${level} and ${expected[i]}`));
      assert.equal(drawn.length, expected.length);
      assert.deepEqual([(layout.xaxis4 as Attributes).range, (layout.yaxis4 as Attributes).range], [[-ownEnd, ownEnd], [-ownEnd, ownEnd]]);
    }
  });

  it("gives the error of every format in percent of the numbers", () => {
    const { data, layout } = fixedPointFormats(values, { bits: [2], integer: [0] });
    const [[text]] = data.find(({ name }) => name === "error")!.text as string[][];
    const error = 100 * Math.sqrt((0.1 ** 2 + 0.1 ** 2 + 0.2 ** 2 + 0.4 ** 2) / (1 + 0.4 ** 2 + 0.1 ** 2 + 0.3 ** 2 + 0.9 ** 2));
    assert.equal(text, `quantized_bits(2,0): 4 of 4 values used, 20.0 % of the weights become 0, 20.0 % are clipped, error ${error.toFixed(0)} %`);
    assert.equal((layout.annotations as Attributes[])[0].text, error.toFixed(0));
  });

  it("stays below 60 kB, and below 150 kB with up to 10 bits", () => {
    const many = Array.from({ length: 5000 }, (_, i) => Math.sin(i));
    const size = (figure: Figure): number => JSON.stringify(compactFigure(figure)).length;
    assert.ok(size(fixedPointFormats(many)) < 60_000, String(size(fixedPointFormats(many))));
    const bits = [2, 3, 4, 5, 6, 7, 8, 9, 10];
    assert.ok(size(fixedPointFormats(many, { bits })) < 150_000, String(size(fixedPointFormats(many, { bits }))));
  });

  it("refuses numbers that are none and formats that are not listed", () => {
    const refuse = (numbers: number[], options: Parameters<typeof fixedPointFormats>[1], message: RegExp): void =>
      assert.throws(() => fixedPointFormats(numbers, options), { name: "RangeError", message });
    refuse([1, NaN], {}, /^Expected numbers but found NaN at place 1 of the values$/);
    refuse(values, { bits: [1, 2] }, /^Expected bits as rising whole numbers from 2 to 10 but found 1$/);
    refuse(values, { integer: [2, 1] }, /^Expected integer as rising whole numbers from -8 to 8 but found 1$/);
    refuse(values, { active: { bits: 9, integer: 0 } }, /^Expected active bits to be one of 2, 3, .* but found 9$/);
  });
});

describe("numberFormats", () => {
  const formats = ["quantized_bits(2,0,alpha=1)", "quantized_bits(3,0,alpha=1)"];
  const values = [-1, -0.4, 0.1, 0.3, 0.9];
  type Points = { x: unknown[]; y: unknown[] };

  it("shows one format, the slider the others", () => {
    const { data, layout } = numberFormats(values, formats, { active: 1 });
    const [{ active, steps }] = layout.sliders as { active: number; steps: { args: [Points, Record<string, string>, number[]] }[] }[];
    assert.equal(active, 1);
    const shown = steps.map(({ args: [{ x, y }, , traces] }) => [traces, x, y]);
    const now = (figure: Figure, traces: number[]): unknown => [traces, traces.map((i) => figure.data[i].x), traces.map((i) => figure.data[i].y)];
    assert.deepEqual(shown[1], now({ data, layout }, [3, 4, 5]));
    assert.deepEqual(shown[0], now(numberFormats(values, formats), [3, 4, 5]));
    const texts = steps.map(({ args }) => args[1]["annotations[0].text"]);
    assert.equal((layout.annotations as Attributes[])[0].text, texts[1]);
    assert.match(texts[0], /^bits\(2,0\): 4 of 4 values used, 20\.0 % of the weights become 0, error 0\.2\d* /);
  });

  it("draws steps where numbers change their value", () => {
    const [, , , stairs] = numberFormats(values, formats).data as unknown as { x: number[]; y: number[] }[];
    assert.deepEqual(stairs.y, [-1, -1, -0.5, -0.5, 0, 0, 0.5, 0.5]);
    [-0.75, -0.75, -0.25, -0.25, 0.25, 0.25].forEach((edge, i) => assert.ok(Math.abs(stairs.x[i + 1] - edge) < 0.002));
  });

  it("takes no negative number for an error of a ReLU", () => {
    const error = numberFormats([-3, 0.5, 1.25], ["quantized_relu(2,1)"]).data.find(({ name }) => name === "error") as unknown as { x: number[] };
    assert.ok(Math.abs(error.x[0] - Math.sqrt(0.25 ** 2 / 3)) < 1e-6);
  });

  it("knows the error of every format", () => {
    const error = numberFormats(values, formats).data.find(({ name }) => name === "error") as unknown as { x: number[] };
    const expected = Math.sqrt((0 + 0.1 ** 2 + 0.1 ** 2 + 0.2 ** 2 + 0.4 ** 2) / 5);
    assert.ok(Math.abs(error.x[0] - expected) < 1e-6);
  });

  it("stays below 150 kB for sixteen formats", () => {
    const many = Array.from({ length: 16 }, (_, i) => `quantized_bits(${i + 1},0,alpha=1)`);
    const figure = numberFormats(Array.from({ length: 5000 }, (_, i) => Math.sin(i)), many);
    assert.ok(JSON.stringify(compactFigure(figure)).length < 150_000, String(JSON.stringify(compactFigure(figure)).length));
  });

  it("refuses scales that follow the numbers", () => {
    assert.throws(() => numberFormats(values, ["quantized_bits(4,0,alpha='auto')"]), {
      name: "RangeError", message: /^Expected formats whose values are fixed, such as with alpha=1, but found quantized_bits\(4,0,1,alpha='auto'\)$/,
    });
    assert.throws(() => numberFormats(values, []), RangeError);
  });

  it("says what is wrong with names, lists and numbers", () => {
    const refuse = (formats: unknown, name: string, message: RegExp, numbers: number[] = values): void =>
      assert.throws(() => numberFormats(numbers, formats as string[]), { name, message });
    refuse("quantized_bits(8,0,alpha=1)", "TypeError", /^Expected formats as an array of quantizers but found a string$/);
    refuse(["fixed(8)"], "RangeError", /^Expected a quantizer, one of quantized_bits, .* but found "fixed"\.$/);
    refuse([null], "TypeError", /^Expected a quantizer, its string or \{className, config\} but found null\.$/);
    refuse(formats, "RangeError", /^Expected numbers but found NaN at place 1 of the values$/, [1, NaN]);
    refuse(formats, "TypeError", /^Expected values as an array but found null$/, null as unknown as number[]);
  });

  it("calls a format without arguments by its name", () => {
    const [{ steps }] = numberFormats(values, ["ternary(alpha=1)", "quantized_bits(4,0,alpha=1)"]).layout.sliders as { steps: Attributes[] }[];
    assert.deepEqual(steps.map(({ label }) => label), ["ternary", "bits(4,0)"]);
  });
});

describe("confusionMatrix", () => {
  it("has a row for each true class and a column for each predicted one", () => {
    // Class 0 is once taken for 1, class 1 never for 0.
    const { data } = confusionMatrix([0, 0, 1], Int32Array.of(0, 1, 1));
    assert.deepEqual(data[0].customdata, [
      [1, 1],
      [0, 1],
    ]);
    assert.deepEqual(data[0].z, [
      [50, 50],
      [0, 100],
    ]);
  });

  it("shows true classes from top to bottom", () => {
    const { layout } = confusionMatrix([0, 1], [0, 1]);
    assert.deepEqual((layout.yaxis as Attributes).range, [1.5, -0.5]);
    assert.deepEqual((layout.yaxis as { title: Attributes }).title.text, "True class");
  });

  it("keeps a class nobody predicted and nobody is", () => {
    const { data } = confusionMatrix([0], [0], { classNames: ["a", "b"] });
    assert.deepEqual(data[0].z, [
      [100, 0],
      [0, 0],
    ]);
  });

  it("says how many were right", () => {
    const figure = confusionMatrix([0, 0, 1, 1], [0, 1, 1, 1]);
    assert.ok(annotations(figure).some(({ text }) => String(text).startsWith("3 of 4 right (75.00 %).")));
  });

  it("refuses probabilities, missing names and lengths that differ", () => {
    assert.throws(() => confusionMatrix([0], [0.9]), {
      name: "TypeError",
      message:
        "Expected prediction 0 to be a class number (0, 1, …) but found 0.9; take the argMax of outputs first",
    });
    assert.throws(() => confusionMatrix([9], [0], { classNames: ["a"] }), {
      name: "RangeError",
      message: "Expected a name for class 9 but found 1 class names",
    });
    assert.throws(() => confusionMatrix([0, 1], [0]), RangeError);
  });
});

describe("accuracyAgainstSize", () => {
  const models = [
    { name: "large", bytes: 4096, accuracy: 0.99 },
    { name: "worse and larger", bytes: 8192, accuracy: 0.98 },
    { name: "small", bytes: 1024, accuracy: 0.97, error: [0.96, 0.975] as const },
    { name: "worse than small", bytes: 2048, accuracy: 0.9 },
  ];

  it("draws the front through the models that none beats in both", () => {
    const [front] = accuracyAgainstSize(models).data;
    assert.deepEqual(
      [(front.x as number[]).slice(0, -1), front.y],
      [
        [1, 4],
        [97, 99, 99],
      ],
    );
    assert.equal((front.line as Attributes).shape, "hv");
  });

  it("puts points at KiB and percent on a log axis, labels where the points are", () => {
    const figure = accuracyAgainstSize(models);
    assert.deepEqual(
      figure.data.slice(1).map(({ x, y }) => [x, y]),
      [
        [[4], [99]],
        [[8], [98]],
        [[1], [97]],
        [[2], [90]],
      ],
    );
    assert.equal((figure.layout.xaxis as Attributes).type, "log");
    assert.deepEqual(
      annotations(figure)
        .slice(0, 4)
        .map(({ x }) => x),
      [Math.log10(4), Math.log10(8), 0, Math.log10(2)],
    );
  });

  it("draws error bars from the lowest to the highest accuracy", () => {
    const { array, arrayminus } = accuracyAgainstSize(models).data[3].error_y as {
      array: number[];
      arrayminus: number[];
    };
    assert.deepEqual(
      [array, arrayminus].flat().map((value) => Number(value.toFixed(9))),
      [0.5, 1],
    );
  });

  it("refuses percentages and sizes that are none", () => {
    assert.throws(() => accuracyAgainstSize([{ name: "m", bytes: 10, accuracy: 98.5 }]), {
      name: "RangeError",
      message: 'Expected accuracy of "m" as a share from 0 to 1 but found 98.5',
    });
    assert.throws(() => accuracyAgainstSize([{ name: "m", bytes: 0, accuracy: 1 }]), {
      message: 'Expected bytes of "m" to be more than 0 but found 0',
    });
  });

  describe("with a sweep", () => {
    const sweep = [
      { bits: 2, sparsity: 0.5, bytes: 512, accuracy: 0.8 },
      { bits: 8, sparsity: 0.5, bytes: 3072, accuracy: 0.98 },
      { bits: 8, sparsity: 0.1, bytes: 4000, accuracy: 0.97 }, // beaten by the point before
      { bits: 8, sparsity: 0.2, bytes: 4000, accuracy: Number.NaN },
    ];
    const texts = (figure: Figure): unknown[] => annotations(figure).map(({ text }) => text);

    it("draws the front through models and points alike", () => {
      const [front] = accuracyAgainstSize(models, { sweep }).data;
      assert.deepEqual(
        [(front.x as number[]).slice(0, -1), front.y],
        [
          [0.5, 1, 3, 4],
          [80, 97, 98, 99, 99],
        ],
      );
    });

    it("draws measured points in one trace, those on the front larger and last", () => {
      const [, points] = accuracyAgainstSize(models, { sweep }).data;
      assert.deepEqual(points.x, [4000 / 1024, 0.5, 3]);
      const { size } = points.marker as { size: number[] };
      assert.ok(size[0] < size[1] && size[1] === size[2]);
    });

    it("labels each model, and of the sweep only points on the front", () => {
      const found = texts(accuracyAgainstSize(models, { sweep }));
      for (const { name } of models) assert.ok(found.includes(name), name);
      assert.ok(found.includes("2 bits, 50 %") && found.includes("8 bits, 50 %"), found.join("|"));
      assert.ok(!found.includes("8 bits, 10 %"));
    });

    it("says which colour is which number of bits, in the order of the bits", () => {
      const { shapes } = accuracyAgainstSize(models, { sweep }).layout as { shapes: { fillcolor: string }[] };
      assert.deepEqual(
        shapes.map(({ fillcolor }) => fillcolor),
        [scaleColor(0), scaleColor(1)],
      );
      const [, points] = accuracyAgainstSize(models, { sweep }).data;
      assert.deepEqual((points.marker as Attributes).color, [scaleColor(1), scaleColor(0), scaleColor(1)]);
    });

    it("says how many points the range leaves out, and labels none of them", () => {
      const found = texts(accuracyAgainstSize(models, { sweep, range: [96, 100] }));
      assert.ok(found.some((text) => String(text).endsWith("1 of 3 points lie outside.")));
      assert.ok(!found.includes("2 bits, 50 %"));
    });

    it("needs no model beside it, but a measured point", () => {
      assert.equal(accuracyAgainstSize([], { sweep }).data.length, 2);
      assert.throws(() => accuracyAgainstSize([], { sweep: sweep.slice(-1) }), {
        name: "RangeError",
        message: "Expected at least one model but found none",
      });
    });

    it("names the point that has no size", () => {
      assert.throws(() => accuracyAgainstSize([], { sweep: [{ ...sweep[0], bytes: 0 }] }), {
        message: 'Expected bytes of "2 bits, 50 %" to be more than 0 but found 0',
      });
    });
  });
});

describe("accuracyMap", () => {
  const points = [
    { bits: 8, sparsity: 0.5, accuracy: 0.98 },
    { bits: 4, sparsity: 0.1, accuracy: 0.96 },
    { bits: 8, sparsity: 0.1, accuracy: 0.99 },
  ];
  const cellTexts = (figure: Figure): unknown[] =>
    annotations(figure)
      .filter(({ xref }) => xref === undefined)
      .map(({ text }) => text);
  const subtitle = (figure: Figure): string => String(annotations(figure).at(-1)!.text);
  const ticks = (figure: Figure): string[] => (figure.data[0].colorbar as { ticktext: string[] }).ticktext;
  const colors = ({ data: [{ zmin, zmax }] }: Figure): unknown => [zmin, zmax];

  it("has a column for each number of bits and a row for each sparsity, both rising", () => {
    const { data, layout } = accuracyMap(points);
    assert.deepEqual(data[0].z, [
      [96, 99],
      [null, 98],
    ]);
    const names = [layout.xaxis, layout.yaxis].map((axis) => (axis as Attributes).ticktext);
    assert.deepEqual(names, [
      ["4", "8"],
      ["10", "50"],
    ]);
    const [low, high] = (layout.yaxis as { range: number[] }).range;
    assert.ok(low < high);
  });

  it("writes each accuracy in its cell, leaves a cell without a point blank and says so", () => {
    const figure = accuracyMap(points);
    assert.deepEqual(cellTexts(figure), ["96.0", "99.0", "98.0"]);
    assert.match(subtitle(figure), /Blank: not measured\.$/);
    assert.doesNotMatch(subtitle(accuracyMap(points.slice(1))), /Blank/);
  });

  it("keeps the row and the column of a point that is not measured yet", () => {
    const { data } = accuracyMap([...points, { bits: 2, sparsity: 0.9, accuracy: Number.NaN }]);
    assert.deepEqual(data[0].z, [
      [null, 96, 99],
      [null, null, 98],
      [null, null, null],
    ]);
  });

  it("puts sparsities that were computed and written down into one row", () => {
    const row = [
      { bits: 4, sparsity: 0.1 + 0.2, accuracy: 0.96 },
      { bits: 8, sparsity: 0.3, accuracy: 0.99 },
    ];
    assert.deepEqual(accuracyMap(row).data[0].z, [[96, 99]]);
  });

  it("takes the colours' range from data and baseline, or as it is told", () => {
    assert.deepEqual(colors(accuracyMap(points)), [96, 99]);
    assert.deepEqual(colors(accuracyMap(points, { baseline: { name: "float", accuracy: 0.995 } })), [96, 99.5]);
    assert.deepEqual(colors(accuracyMap(points, { range: [90, 100] })), [90, 100]);
  });

  it("does not stretch the colours over less than a percentage point, even if all are equal", () => {
    const equal = (accuracy: number): Figure => accuracyMap(points.map((point) => ({ ...point, accuracy })));
    assert.deepEqual(colors(equal(0.5)), [49.5, 50.5]);
    assert.deepEqual(colors(equal(1)), [99, 100]);
    assert.deepEqual(colors(equal(0)), [0, 1]);
  });

  it("writes hundredths where tenths would hardly differ", () => {
    const close = points.map((point, index) => ({ ...point, accuracy: 0.985 + 0.001 * index }));
    assert.deepEqual(cellTexts(accuracyMap(close)), ["98.60", "98.70", "98.50"]);
  });

  it("marks at the ends of the colours what lies beyond them", () => {
    assert.deepEqual(ticks(accuracyMap(points, { range: [97, 98.5] })).slice(0, 2), ["≤ 97", "≥ 98.5"]);
    assert.ok(ticks(accuracyMap(points, { range: [96, 99] })).every((text) => !/[≤≥]/.test(text)));
  });

  it("names the baseline on the colour scale, or below the title where it is not on it", () => {
    const baseline = { name: "<float>", accuracy: 0.995 };
    assert.equal(ticks(accuracyMap(points, { baseline }))[0], "<b>&lt;float&gt;: 99.5</b>");
    const cut = accuracyMap(points, { baseline, range: [96, 99] });
    assert.ok(ticks(cut).every((text) => !text.includes("float")));
    assert.match(subtitle(cut), /Not on the scale: &lt;float&gt;, 99\.5 %\./);
  });

  it("frames the marked point and says what it is", () => {
    const figure = accuracyMap(points, { mark: { bits: 8, sparsity: 0.5, name: "recipe" } });
    const corners = (figure.layout.shapes as Attributes[]).map(({ x0, x1, y0, y1 }) => [x0, x1, y0, y1]);
    assert.ok(corners.length > 0);
    for (const corner of corners) assert.deepEqual(corner, [0.5, 1.5, 0.5, 1.5]);
    assert.match(subtitle(figure), /Framed: recipe, 98\.0 %\./);
  });

  it("refuses two points of a cell, a mark that is none and no measured point", () => {
    assert.throws(() => accuracyMap([...points, points[0]]), {
      name: "RangeError",
      message: "Expected one point of 8 bits and sparsity 0.5 but found two",
    });
    assert.throws(() => accuracyMap(points, { mark: { bits: 6, sparsity: 0.5, name: "recipe" } }), {
      name: "RangeError",
      message: "Expected mark to be a point of the map but found 6 bits and sparsity 0.5",
    });
    assert.throws(() => accuracyMap([{ ...points[0], accuracy: Number.NaN }]), {
      name: "RangeError",
      message: "Expected at least one measured accuracy but found none",
    });
  });

  it("refuses percentages, bits that are none and a range that does not rise", () => {
    const changed = (change: Partial<(typeof points)[0]>) => () => accuracyMap([{ ...points[0], ...change }]);
    assert.throws(changed({ accuracy: 98 }), {
      name: "RangeError",
      message: "Expected accuracy as a share from 0 to 1 but found 98",
    });
    assert.throws(changed({ sparsity: 50 }), {
      message: "Expected sparsity as a share from 0 to 1 but found 50",
    });
    assert.throws(changed({ bits: 0 }), { message: "Expected bits to be more than 0 but found 0" });
    assert.throws(() => accuracyMap(points, { range: [99, 96] }), {
      name: "RangeError",
      message: "Expected range to rise but found 99 to 96",
    });
  });
});

describe("imageGrid", () => {
  /** The grey values of a picture, each pixel of which was enlarged. */
  function pixels(figure: Figure, index: number, enlarged: number): number[] {
    const { source } = (figure.layout.images as { source: string }[])[index];
    const png = Buffer.from(source.slice("data:image/png;base64,".length), "base64");
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    const at = png.indexOf("IDAT");
    const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
    const decoded = Array.from({ length: height }, () => new Array<number>(width).fill(0));
    for (let y = 0; y < height; y++) {
      assert.equal(rows[y * (width + 1)], 2, "row filter Up");
      for (let x = 0; x < width; x++) {
        decoded[y][x] = (rows[y * (width + 1) + 1 + x] + (y === 0 ? 0 : decoded[y - 1][x])) & 0xff;
      }
    }
    return decoded
      .filter((_, y) => y % enlarged === 0)
      .flatMap((row) => row.filter((_, x) => x % enlarged === 0));
  }

  it("draws each pixel where it is: bytes from 0, white, to 255, black", () => {
    const figure = imageGrid(Uint8Array.of(0, 255, 51, 102, 9, 9, 9, 9), { shape: [2, 2] });
    assert.deepEqual(pixels(figure, 0, 4), [255, 0, 204, 153]);
    assert.deepEqual(pixels(figure, 1, 4), [246, 246, 246, 246]);
  });

  it("draws floats from 0 to 1, in pictures higher than wide", () => {
    const figure = imageGrid([Float32Array.of(0, 1, 0.2, 0.4, 2, -1)], { shape: [3, 2] });
    assert.deepEqual(pixels(figure, 0, 4), [255, 0, 204, 153, 0, 255]);
  });

  it("says in words and in the frame which prediction is wrong", () => {
    const images = new Uint8Array(2 * 784);
    const figure = imageGrid(images, {
      labels: [0, 1],
      predictions: [0, 0],
      classNames: ["shirt", "<coat>"],
    });
    assert.deepEqual(
      annotations(figure).map(({ text }) => text),
      ["shirt", "<b>&lt;coat&gt; → shirt</b>"],
    );
    const [right, wrong] = figure.layout.shapes as { line: Attributes }[];
    assert.notDeepEqual(right.line, wrong.line);
  });

  it("refuses parts of pictures and labels for other pictures", () => {
    assert.throws(() => imageGrid(new Uint8Array(785)), {
      name: "RangeError",
      message: "Expected a multiple of 28 x 28 = 784 pixels but found 785",
    });
    assert.throws(() => imageGrid(new Uint8Array(784), { labels: [1, 2] }), {
      name: "RangeError",
      message: "Expected as many labels as pictures, 1, but found 2",
    });
  });
});
