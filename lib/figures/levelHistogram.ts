import { getQuantizer } from "../quantizers/getQuantizer.js";
import type { QuantizerIdentifier } from "../quantizers/getQuantizer.js";
import { baseAxis, baseLayout, baseMargin } from "./baseLayout.js";
import { checkValues } from "./checkValues.js";
import { countWeights, type WeightCounts } from "./countWeights.js";
import type { Figure, Trace } from "./figure.js";
import { followsNumbers, formatLevels } from "./formatLevels.js";
import { methodStyle, THEME, type Method } from "./theme.js";

/** How the levels are drawn. */
export interface LevelHistogramOptions {
  title?: string;
  /** What the numbers are, with a small first letter. Default: `"weights"`. */
  noun?: string;
  /** Shape of the numbers, which formats with a scale a channel need. Default: one channel. */
  shape?: readonly number[];
  /** Sets the colour of what is quantized. Default: `"quantized"`. */
  method?: Method;
  /** Bars of the upper histogram. Default: 61. */
  bins?: number;
}

const HEIGHT = 530;
const ROWS = { numbers: [0.68, 1], quantized: [0.24, 0.54], levels: [0, 0.06] } as const;
const UNUSED = "#b8b8b8";
// More would not be told apart, and fill a notebook.
const MOST_BARS = 256;
const MOST_TICKS = 400;

/** The numbers after quantizing: their values, or their codes where each channel has values of its own. */
interface Quantized {
  places: ArrayLike<number>;
  /** All places there are, rising; none where there are too many to draw. */
  levels: number[];
  /** How many there are. */
  count: number;
  title: string;
}

function quantizedOf(values: Float32Array, identifier: QuantizerIdentifier, shape: readonly number[]): Quantized {
  const quantizer = getQuantizer(identifier);
  if (!followsNumbers(quantizer)) {
    const levels = formatLevels(quantizer);
    return { places: quantizer.quantize(values, shape), levels, count: levels.length || 2 ** quantizer.bits, title: "Value" };
  }
  const { codes } = quantizer.encode(values, shape);
  const [low, high] = codes.reduce(([least, most], code) => [Math.min(least, code), Math.max(most, code)], [0, 0]);
  const isAffine = quantizer.className === "quantized_affine";
  const count = quantizer.className === "ternary" ? 3 : 2 ** quantizer.bits - Number(!isAffine && quantizer.bits > 1);
  // An affine range ends where the numbers do; others lie about 0.
  const first = isAffine ? Math.min(low, high - count + 1) : quantizer.bits === 1 ? -1 : -(count - 1) / 2;
  const spacing = quantizer.bits === 1 ? 2 : 1;
  const levels = count > 1024 ? [] : Array.from({ length: count }, (_, i) => first + i * spacing);
  return { places: codes, levels, count, title: "Code: value in steps of its channel" };
}

const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;

/** Bars of a histogram, the zeros among them. */
const binned = ({ centres, others, zero, width }: WeightCounts): { x: number[]; y: number[]; width: number } =>
  ({ x: [...centres, 0], y: [...others, zero], width });

/** Rising numbers, but for those that would be drawn onto each other. */
function thinned(numbers: number[], low: number, high: number): number[] {
  const place = (value: number): number => Math.round(((value - low) / (high - low)) * MOST_TICKS);
  return numbers.length <= MOST_TICKS ? numbers : numbers.filter((value, i) => i === 0 || place(value) !== place(numbers[i - 1]));
}

/** Ticks at levels, drawn in the strip below. */
function ticks(name: string, x: number[], color: string): Trace {
  return {
    type: "scatter", mode: "markers", name, x, y: x.map(() => 0), xaxis: "x3", yaxis: "y3", cliponaxis: false,
    marker: { symbol: "line-ns-open", size: 16, color, line: { width: 1.4, color } },
    hovertemplate: "%{x:.5~g}",
  };
}

const heading = (text: string, y: number): { [attribute: string]: unknown } => ({
  text: `<b>${text}</b>`, x: 0, xref: "paper", xanchor: "left", y, yref: "paper", yanchor: "bottom", showarrow: false,
  font: { size: THEME.smallSize, color: THEME.ink },
});

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * Draws the numbers of a layer before and after quantizing, and which of the format's levels they use.
 *
 * Of a format whose scale follows the numbers of each channel the lower two rows show codes instead of values.
 *
 * @param values weights as they are trained, or activations before they are quantized.
 * @param quantizer their format.
 * @throws {RangeError} if there are no values, or one is NaN.
 * @example
 * ```ts
 * const [kernel] = model.getLayer("fc1").getWeights();
 * show(levelHistogram(kernel.dataSync(), "quantized_bits(8,4,alpha=1)", { title: "Levels of fc1" }));
 * ```
 */
export function levelHistogram(values: ArrayLike<number>, quantizer: QuantizerIdentifier, options: LevelHistogramOptions = {}): Figure {
  checkValues(values);
  const { noun = "weights", shape = [values.length, 1], method = "quantized", bins = 61 } = options;
  const numbers = Float32Array.from(values);
  const { places, levels, count, title } = quantizedOf(numbers, quantizer, shape);
  const shares = new Map<number, number>();
  for (let i = 0; i < places.length; i++) shares.set(places[i] + 0, (shares.get(places[i] + 0) ?? 0) + 1 / places.length);
  const used = [...shares.keys()].sort((a, b) => a - b);
  const isValue = title === "Value";
  const [lowest, highest] = isValue && levels.length > 0 ? [levels[0], levels[levels.length - 1]] : [-Infinity, Infinity];
  // A ReLU is meant to make negative numbers 0.
  const beyond = numbers.filter((value) => value > highest || (lowest < 0 && value < lowest)).length / numbers.length;

  const reach = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0) * 1.05 || 1;
  const before = countWeights(numbers, reach, bins, []);
  const all = [...used, ...levels];
  const [first, last] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  const room = (last - first || 1) * 0.02;
  const gap = used.slice(1).reduce((least, level, i) => Math.min(least, level - used[i]), Infinity);
  const furthest = used.reduce((most, level) => Math.max(most, Math.abs(level)), 0);
  const shown = isValue ? Math.max(reach, furthest + Math.min(gap, furthest) / 2) : reach;
  const span: [number, number] = isValue ? [-shown, shown] : [first - 0.6, last + 0.6];
  const width = span[1] - span[0];
  const after = used.length > MOST_BARS
    ? binned(countWeights(places, width / 2, 2 * bins, []))
    : { x: used, y: used.map((level) => 100 * shares.get(level)!), width: Math.max(Math.min(gap, width / 20) * 0.7, width / 600) };
  const style = methodStyle(method);
  const taken = new Set(used.map((level) => level.toPrecision(6)));
  const unused = levels.filter((level) => !taken.has((level + 0).toPrecision(6)));
  const subtitle =
    `${used.length} of ${count} levels used. ${percent(shares.get(0) ?? 0)} of the ${noun} become 0` +
    (beyond > 0 ? `, ${percent(beyond)} lie beyond the outermost levels.` : ".");
  const name = typeof quantizer === "string" ? quantizer : String(getQuantizer(quantizer));
  const zeroBar: Trace[] = before.zero === 0 ? [] : [{
    type: "bar", name: "exactly zero", x: [0], y: [before.zero], width: before.width,
    marker: { color: "#ffffff", line: { color: THEME.accent, width: 2 } }, hovertemplate: "exactly zero: %{y:.2f} %",
  }];
  const margin = { ...baseMargin(subtitle), t: baseMargin(subtitle).t + 18 };
  return {
    data: [
      {
        type: "bar", name: "before quantizing", x: before.centres, y: before.others, width: before.width,
        marker: { color: methodStyle("baseline").barColor, line: { width: 0 } }, hovertemplate: "around %{x:.4~g}: %{y:.2f} %",
      },
      ...zeroBar,
      {
        type: "bar", name: "after quantizing", ...after,
        xaxis: "x2", yaxis: "y2", marker: { color: style.color, line: { width: 0 } }, hovertemplate: "%{x:.5~g}: %{y:.2f} %",
      },
      ...(unused.length > 0 ? [ticks("unused", unused, UNUSED)] : []),
      ticks("used", thinned(used, first, last), style.color),
    ],
    layout: baseLayout(options.title ?? `${sentence(noun)} and the levels of their format`, subtitle, {
      height: HEIGHT, margin, barmode: "overlay",
      xaxis: baseAxis("", { anchor: "y", range: [-shown, shown], nticks: 9, showgrid: false }),
      yaxis: baseAxis(`${sentence(noun)} (%)`, { domain: ROWS.numbers, anchor: "x", nticks: 5, rangemode: "tozero" }),
      xaxis2: baseAxis("", { anchor: "y2", range: span, nticks: 9, showgrid: false }),
      yaxis2: baseAxis(`${sentence(noun)} (%)`, { domain: ROWS.quantized, anchor: "x2", nticks: 5, rangemode: "tozero" }),
      xaxis3: baseAxis(title, { anchor: "y3", range: [first - room, last + room], nticks: 9, showgrid: false }),
      yaxis3: { domain: ROWS.levels, anchor: "x3", range: [-1, 1], visible: false },
      annotations: [
        heading("before quantizing", ROWS.numbers[1]), heading(`after ${name}`, ROWS.quantized[1]),
        heading(`all ${count} levels: <span style="color:${style.textColor}">used</span>, unused grey`, ROWS.levels[1] + 0.02),
      ],
    }),
  };
}
