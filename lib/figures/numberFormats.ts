import { kindOf } from "../data/kindOf.js";
import { getQuantizer } from "../quantizers/getQuantizer.js";
import type { QuantizerIdentifier } from "../quantizers/getQuantizer.js";
import type { Quantizer } from "../quantizers/quantizer.js";
import { baseAxis, baseLayout, baseMargin, escapeText } from "./baseLayout.js";
import { checkValues } from "./checkValues.js";
import { countWeights } from "./countWeights.js";
import type { Figure, Trace } from "./figure.js";
import { followsNumbers, formatLevels } from "./formatLevels.js";
import { methodStyle, THEME } from "./theme.js";

/** How number formats are drawn. */
export interface NumberFormatsOptions {
  title?: string;
  /** What the numbers are, with a small first letter, for the axes. Default: `"weight"`. */
  noun?: string;
  /** Index of the format that is shown first. Default: 0. */
  active?: number;
}

const HEIGHT = 520;
const LEFT = [0, 0.58] as const;
const RIGHT = [0.74, 1] as const;
const UPPER = [0.34, 1] as const;
const LOWER = [0, 0.24] as const;
const SAMPLES = 2000;
const MOST_STEPS = 100; // more cannot be told from a slanted line, and would fill a notebook

/** A format, what it does to numbers, and how far off that is. */
interface Drawn {
  label: string;
  /** The staircase, or a line where the steps are too fine to be seen. */
  x: number[];
  y: number[];
  levels: number[];
  rms: number;
  sentence: string;
}

/** The name that a slider and an axis have room for. */
function labelOf(identifier: QuantizerIdentifier): string {
  const name = typeof identifier === "string" ? identifier : String(getQuantizer(identifier));
  return name.replace(/\s/g, "").replace(/^quantized_/, "").replace(/,?alpha=1(\.0)?\)$/, ")").replace(/\(\)$/, "");
}

// A slider's numbers are part of the layout, where nothing else rounds them.
const rounded = (value: number): number => Number(value.toPrecision(5));

/** The staircase of a quantizer: two points wherever its output changes. */
function staircase(quantizer: Quantizer, reach: number): { x: number[]; y: number[] } {
  const x = Float32Array.from({ length: SAMPLES + 1 }, (_, i) => ((2 * i) / SAMPLES - 1) * reach);
  const q = quantizer.quantize(x, [x.length]);
  const changes = [...x.keys()].filter((i) => i > 0 && q[i] !== q[i - 1]);
  if (changes.length > MOST_STEPS) {
    const picked = Array.from({ length: MOST_STEPS + 1 }, (_, i) => Math.round((i * SAMPLES) / MOST_STEPS));
    return { x: picked.map((i) => rounded(x[i])), y: picked.map((i) => rounded(q[i])) };
  }
  const edges = changes.map((i) => (x[i] + x[i - 1]) / 2);
  return {
    x: [x[0], ...edges.flatMap((edge) => [edge, edge]), x[SAMPLES]].map(rounded),
    y: [q[0], ...changes.flatMap((i) => [q[i - 1], q[i]]), q[SAMPLES]].map(rounded),
  };
}

const number = (value: number): string => String(Number(value.toPrecision(3)));

function drawn(identifier: QuantizerIdentifier, values: Float32Array, reach: number, noun: string): Drawn {
  const quantizer = getQuantizer(identifier);
  const label = labelOf(identifier);
  if (followsNumbers(quantizer)) {
    throw new RangeError(`Expected formats whose values are fixed, such as with alpha=1, but found ${quantizer}`);
  }
  const q = quantizer.quantize(values, [values.length, 1]);
  // What a ReLU makes of negative numbers is no error.
  const isRelu = quantizer.className.startsWith("quantized_relu");
  const wanted = isRelu ? values.map((value) => Math.max(value, 0)) : values;
  const rms = Math.sqrt(wanted.reduce((sum, value, i) => sum + (q[i] - value) ** 2, 0) / values.length);
  const all = formatLevels(quantizer);
  const used = new Set(q).size;
  const zeros = q.reduce((count, value) => count + Number(value === 0), 0) / q.length;
  const levels = all.filter((level) => Math.abs(level) <= reach).map(rounded);
  const sentence =
    `${label}: ${used} of ${all.length || 2 ** quantizer.bits} values used, ${(100 * zeros).toFixed(1)} % of the ${noun}s become 0, ` +
    `error ${number(rms)} (root mean square).`;
  return { label, ...staircase(quantizer, reach), levels: levels.length > 1.4 * MOST_STEPS ? [] : levels, rms, sentence };
}

/** Where the three traces of a format lie: its staircase, its levels, and its error among those of all. */
function pointsOf({ label, x, y, levels, rms }: Drawn, below: number): { x: (number | null)[][]; y: (number | string | null)[][] } {
  const ticks = levels.length === 0 ? [null] : levels;
  return { x: [x, ticks, [rms > 0 ? rounded(rms) : null]], y: [y, ticks.map(() => rounded(below)), [label]] };
}

/** The traces of the format that is chosen. */
function tracesOf(format: Drawn, below: number): Trace[] {
  const { color } = methodStyle("quantized");
  const { x, y } = pointsOf(format, below);
  return [
    {
      type: "scatter", mode: "lines", name: "quantized", x: x[0], y: y[0], line: { color, width: 2.2 },
      hovertemplate: "%{x:.4~g} becomes %{y:.4~g}",
    },
    {
      type: "scatter", mode: "markers", name: "levels", x: x[1], y: y[1], xaxis: "x2", yaxis: "y2",
      marker: { symbol: "line-ns-open", size: 7, color, line: { width: 1.4, color } }, hovertemplate: "%{x:.5~g}",
    },
    {
      type: "scatter", mode: "markers", name: "chosen", x: x[2], y: y[2], xaxis: "x3", yaxis: "y3", cliponaxis: false,
      marker: { symbol: "square", size: 12, color, line: { width: 0, color } }, hovertemplate: "%{y}: error %{x:.3~g}",
    },
  ];
}

/**
 * Draws what number formats do to numbers, a slider moving from format to format: the staircase from number to value, the
 * values beside a histogram of the numbers, and the root mean square error of every format, of a ReLU that above 0. A still
 * picture shows the first.
 *
 * @param values numbers that are quantized, weights of a layer for example.
 * @param formats quantizers in any form, whose values do not follow the numbers: with a numeric alpha.
 * @throws {RangeError} if there are no values or formats, a value is NaN, or a format is unknown or has an automatic scale.
 * @throws {TypeError} if a format is no quantizer in any form.
 * @example
 * ```ts
 * const formats = [2, 3, 4, 6, 8].map((bits) => `quantized_bits(${bits},0,alpha=1)`);
 * show(numberFormats(kernel.dataSync(), formats));
 * ```
 */
export function numberFormats(
  values: ArrayLike<number>,
  formats: readonly QuantizerIdentifier[],
  options: NumberFormatsOptions = {},
): Figure {
  checkValues(values);
  if (!Array.isArray(formats as unknown)) throw new TypeError(`Expected formats as an array of quantizers but found ${kindOf(formats)}`);
  if (formats.length === 0) throw new RangeError("Expected at least one format but found none");
  const { title = "Number formats: grid and error", noun = "weight", active = 0 } = options;
  if (!(active in formats)) throw new RangeError(`Expected active to be the index of one of ${formats.length} formats but found ${active}`);
  const numbers = Float32Array.from(values);
  const reach = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0) * 1.15 || 1;
  const all = formats.map((format) => drawn(format, numbers, reach, noun));
  const counts = countWeights(numbers, reach, 61, []);
  const bars = { x: [...counts.centres, 0], y: [...counts.others, counts.zero] };
  const highest = Math.max(...bars.y);
  const labels = all.map(({ label }) => label);
  const height = Math.min(all.flatMap(({ y }) => y).reduce((most, y) => Math.max(most, Math.abs(y)), 0) * 1.05, 2 * reach);
  const tall = Math.max(reach, height);
  const errors = all.map(({ rms }) => rms).filter((rms) => rms > 0);
  const [smallest, largest] = errors.length === 0 ? [1, 1] : [Math.min(...errors), Math.max(...errors)];

  const still: Trace[] = [
    {
      type: "scatter", mode: "lines", name: "as it is", x: [-reach, reach], y: [-reach, reach], hoverinfo: "skip",
      line: { color: THEME.axis, width: 1, dash: "dot" },
    },
    {
      type: "bar", name: `${noun}s`, ...bars, width: counts.width, xaxis: "x2", yaxis: "y2",
      marker: { color: methodStyle("baseline").barColor, line: { width: 0 } }, hovertemplate: "around %{x:.4~g}: %{y:.2f} %",
    },
    {
      type: "scatter", mode: "markers", name: "error", x: all.map(({ rms }) => (rms > 0 ? rms : null)), y: labels, xaxis: "x3", yaxis: "y3",
      cliponaxis: false, marker: { symbol: "circle-open", size: 8, color: THEME.axis, line: { width: 1.6, color: THEME.axis } },
      hovertemplate: "%{y}: error %{x:.3~g}",
    },
  ];
  const { sentence } = all[active];
  const margin = { ...baseMargin(sentence), b: 142 };
  const below = -0.1 * highest;
  const chosen = [0, 1, 2].map((i) => still.length + i);
  const steps = all.map((format) => ({
    label: escapeText(format.label), method: "update",
    args: [pointsOf(format, below), { "annotations[0].text": escapeText(format.sentence) }, chosen],
  }));
  const name = noun.charAt(0).toUpperCase() + noun.slice(1);
  const hasSlider = formats.length > 1;
  return {
    data: [...still, ...tracesOf(all[active], below)],
    layout: baseLayout(title, sentence, {
      height: HEIGHT, margin: hasSlider ? margin : baseMargin(sentence), barmode: "overlay",
      xaxis: baseAxis("", { domain: LEFT, anchor: "y", range: [-reach, reach], nticks: 9, showticklabels: false }),
      yaxis: baseAxis(`Quantized ${noun}`, { domain: UPPER, anchor: "x", range: [-tall, tall], nticks: 9 }),
      xaxis2: baseAxis(name, { domain: LEFT, anchor: "y2", range: [-reach, reach], nticks: 9, showgrid: false }),
      yaxis2: baseAxis(`${name}s (%)`, { domain: LOWER, anchor: "x2", range: [-0.2 * highest, 1.1 * highest], nticks: 3 }),
      xaxis3: baseAxis("Error (rms)", {
        domain: RIGHT, anchor: "y3", type: "log", range: [Math.log10(smallest / 1.6), Math.log10(largest * 1.6)], nticks: 4,
      }),
      yaxis3: baseAxis("", { anchor: "x3", type: "category", autorange: "reversed", categoryarray: labels, categoryorder: "array" }),
      sliders: hasSlider
        ? [{
            active, steps, x: 0, len: 1, y: 0, yanchor: "top", pad: { t: 58, b: 0 }, tickcolor: THEME.axis,
            currentvalue: { prefix: "Format: ", font: { size: THEME.fontSize } }, font: { size: THEME.smallSize },
          }]
        : [],
    }),
  };
}
