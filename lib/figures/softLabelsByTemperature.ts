import type { Logits } from "../distillation/logits.js";
import { softLabels } from "../distillation/softLabels.js";
import { baseAxis, baseLayout, baseMargin, escapeText } from "./baseLayout.js";
import type { Figure, Trace } from "./figure.js";
import { pngAddress } from "./pngAddress.js";
import { methodStyle, THEME } from "./theme.js";

/** How soft labels are drawn. */
export interface SoftLabelsByTemperatureOptions {
  title?: string;
  /** What each sample is called, above its bars. Default: nothing. */
  names?: readonly string[];
  /** Name of each class. Default: its number. */
  classNames?: readonly string[];
  /** Temperatures of the slider, above 0. Default: 1, 2, 4, 8, 16. */
  temperatures?: readonly number[];
  /** Index of the temperature that is shown first. Default: 0. */
  active?: number;
  /** A picture of 28 × 28 pixels for each sample, from 0 to 1. Default: none. */
  images?: readonly ArrayLike<number>[];
}

const MOST_SAMPLES = 6;
const PICTURE = 76; // pixels
const NAME_HEIGHT = 24;
const SLIDER_HEIGHT = 142;
const BARS_HEIGHT = 220;
const GAP = 0.03; // between two samples, of the whole width
const ROOM_FOR_TEXT = 44; // pixels a bar

/** The probabilities of each sample in percent, at one temperature. */
interface Softened {
  temperature: number;
  rows: number[][];
  sentence: string;
}

function soften(logits: Logits, temperature: number): Softened {
  const [count, classes] = logits.shape;
  const { values } = softLabels(logits, { temperature });
  // A slider's numbers are part of the layout, where nothing else rounds them.
  const rows = Array.from({ length: count }, (_, i) =>
    Array.from(values.subarray(i * classes, (i + 1) * classes), (share) => Number((100 * share).toFixed(3))));
  const ranked = rows.map((row) => [...row].sort((a, b) => b - a));
  const mean = (rank: number): string => (ranked.reduce((sum, row) => sum + row[rank], 0) / count).toFixed(1);
  const average = count > 1 ? " on average" : "";
  return {
    temperature, rows,
    sentence: `Temperature ${temperature}: the likeliest class has ${mean(0)} %${average}, the next one ${mean(1)} %.`,
  };
}

/**
 * Draws what a teacher says about a few samples, a bar a class, a slider moving from temperature to temperature: at 1 one
 * class has nearly all, the warmer the more the others show. A still picture shows the temperature that is active.
 *
 * @param logits [n, classes], what the teacher gives for 1 to 6 samples; at least two classes.
 * @throws {RangeError} if there are no or too many samples, one class only, a temperature is not above 0, or there are not as
 *   many names, pictures or class names as samples or classes.
 * @example
 * ```ts
 * const logits = asLogits({ values: Float32Array.of(5, 3, -1), shape: [1, 3] });
 * show(softLabelsByTemperature(logits, { classNames: ["car", "truck", "carrot"] }));
 * ```
 */
export function softLabelsByTemperature(logits: Logits, options: SoftLabelsByTemperatureOptions = {}): Figure {
  const [count, classes] = logits.shape;
  const { title = "Soft labels by temperature", temperatures = [1, 2, 4, 8, 16], active = 0, images, names } = options;
  const { classNames = Array.from({ length: classes }, (_, i) => String(i)) } = options;
  if (!(count >= 1 && count <= MOST_SAMPLES)) throw new RangeError(`Expected 1 to ${MOST_SAMPLES} samples but found ${count}`);
  if (classes < 2) throw new RangeError(`Expected at least 2 classes but found ${classes}`);
  const wrong = temperatures.find((temperature) => !(temperature > 0));
  if (wrong !== undefined) throw new RangeError(`Expected temperatures above 0 but found ${wrong}`);
  if (!(active in temperatures)) {
    throw new RangeError(`Expected active to be the index of one of ${temperatures.length} temperatures but found ${active}`);
  }
  checkLength("names", names, count);
  checkLength("images", images, count);
  checkLength("classNames", classNames, classes);

  const all = temperatures.map((temperature) => soften(logits, temperature));
  const { rows, sentence } = all[active];
  const hasSlider = temperatures.length > 1;
  const above = (names ? NAME_HEIGHT : 0) + (images ? PICTURE + 8 : 0);
  const base = baseMargin(sentence);
  const margin = { ...base, t: base.t + above, b: hasSlider ? SLIDER_HEIGHT : base.b };
  const plotWidth = THEME.width - margin.l - margin.r;
  const each = (1 - GAP * (count - 1)) / count;
  const panels = rows.map((_, i) => {
    const left = i * (each + GAP);
    return { left, right: left + each, centre: left + each / 2, axis: i === 0 ? "" : String(i + 1) };
  });
  const { barColor, color } = methodStyle("distilled");
  const hasTexts = (plotWidth * each) / classes >= ROOM_FOR_TEXT;
  const textOf = (row: number[]): string[] => row.map((percent) => `${percent.toFixed(1)} %`);

  const data = rows.map((row, i): Trace => ({
    type: "bar", name: escapeText(names?.[i] ?? `sample ${i + 1}`), x: classNames.map(escapeText), y: row,
    xaxis: `x${panels[i].axis}`, yaxis: `y${panels[i].axis}`,
    marker: { color: barColor, line: { color, width: 1 } }, hovertemplate: "%{x}: %{y:.2f} %", cliponaxis: false,
    ...(hasTexts && { text: textOf(row), textposition: "outside" }),
  }));
  const axes = Object.fromEntries(panels.flatMap(({ left, right, axis }, i) => [
    [`xaxis${axis}`, baseAxis(i === 0 && count === 1 ? "Class" : "", {
      type: "category", domain: [left, right], anchor: `y${axis}`, showgrid: false, tickfont: { size: THEME.smallSize }, tickangle: 0,
    })],
    [`yaxis${axis}`, baseAxis(i === 0 ? "Probability (%)" : "", {
      anchor: `x${axis}`, range: [0, hasTexts ? 112 : 102], tickvals: [0, 25, 50, 75, 100], showticklabels: i === 0,
    })],
  ]));
  const nameNotes = (names ?? []).map((name, i) => ({
    text: escapeText(name), x: panels[i].centre, xref: "paper", xanchor: "center", y: 1, yref: "paper", yanchor: "bottom",
    yshift: 4, borderpad: 0, showarrow: false, font: { size: THEME.labelSize },
  }));
  const pictures = (images ?? []).map((image, i) => ({
    source: pngAddress(image, [28, 28], [0, 1]), xref: "paper", yref: "paper", xanchor: "center", yanchor: "bottom", layer: "below",
    x: panels[i].centre, y: 1 + ((names ? NAME_HEIGHT : 0) + 4) / BARS_HEIGHT, sizex: PICTURE / plotWidth, sizey: PICTURE / BARS_HEIGHT,
  }));
  const steps = all.map(({ temperature, rows, sentence }) => ({
    label: String(temperature), method: "update",
    args: [
      { y: rows, ...(hasTexts && { text: rows.map(textOf) }) },
      { [`annotations[${nameNotes.length}].text`]: sentence },
      rows.map((_, i) => i),
    ],
  }));
  return {
    data,
    layout: baseLayout(title, sentence, {
      height: margin.t + BARS_HEIGHT + margin.b, margin, bargap: 0.15, ...axes, annotations: nameNotes, images: pictures,
      sliders: hasSlider
        ? [{
            active, steps, x: 0, len: 1, y: 0, yanchor: "top", pad: { t: 58, b: 0 }, tickcolor: THEME.axis,
            currentvalue: { prefix: "Temperature: ", font: { size: THEME.fontSize } }, font: { size: THEME.smallSize },
          }]
        : [],
    }),
  };
}

function checkLength(what: string, given: ArrayLike<unknown> | undefined, expected: number): void {
  if (given !== undefined && given.length !== expected) {
    throw new RangeError(`Expected ${expected} ${what} but found ${given.length}`);
  }
}
