import { quantizedBits } from "../quantizers/quantizedBits.js";
import { baseAxis, baseLayout, baseMargin } from "./baseLayout.js";
import { checkValues } from "./checkValues.js";
import { countWeights } from "./countWeights.js";
import type { Figure } from "./figure.js";
import { SEQUENTIAL_SCALE, textOnScale } from "./sequentialScale.js";
import { methodStyle, THEME } from "./theme.js";

/** How the formats are drawn. */
export interface FixedPointFormatsOptions {
  title?: string;
  /** What the numbers are, with a small first letter, for the axes. Default: `"weight"`. */
  noun?: string;
  /** Bits to choose from, whole numbers from 2 to 10, rising. Default: 2 to 8. */
  bits?: readonly number[];
  /** Integer bits to choose from, whole numbers from -8 to 8, rising. Default: -3 to 4. */
  integer?: readonly number[];
  /** Bits and integer bits that are shown first. Default: 4 and 0, or the first ones. */
  active?: { readonly bits: number; readonly integer: number };
}

const HEIGHT = 520;
const LEFT = [0, 0.45] as const;
const RIGHT = [0.56, 1] as const;
const UPPER = [0.34, 1] as const;
const LOWER = [0, 0.24] as const;
/** The error in percent that has the palest colour, and the one that has the darkest. */
const COLORS = { least: 0.3, most: 100 };

/** One format and what it does to the numbers. */
interface Cell {
  /** Root mean square error in percent of the numbers' own root mean square. */
  error: number;
  sentence: string;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
/** With a minus sign, as Plotly writes numbers. */
const whole = (value: number): string => String(value).replace("-", "−");
const short = (value: number): string => (value >= 10 ? value.toFixed(0) : String(Number(value.toPrecision(2))));

function cellOf(bits: number, integer: number, numbers: Float32Array, noun: string): Cell {
  const quantizer = quantizedBits(bits, integer, { alpha: 1 });
  const q = quantizer.quantize(numbers, [numbers.length]);
  const sum = (term: (value: number, i: number) => number): number => numbers.reduce((total, value, i) => total + term(value, i), 0);
  const [squares, errors] = [sum((value) => value * value), sum((value, i) => (q[i] - value) ** 2)];
  const zeros = q.reduce((count, value) => count + Number(value === 0), 0) / q.length;
  const step = 2 ** (integer + 1 - bits);
  const [low, high] = [-(2 ** integer) - step / 2, 2 ** integer - step / 2];
  const clipped = sum((value) => Number(value < low || value > high)) / numbers.length;
  const error = squares === 0 ? 0 : 100 * Math.sqrt(errors / squares);
  const sentence =
    `quantized_bits(${bits},${integer}): ${new Set(q).size} of ${2 ** bits} values used, ${percent(zeros)} of the ${noun}s become 0, ` +
    `${percent(clipped)} are clipped, error ${short(error)} %`;
  return { error, sentence };
}

/**
 * The values of a format of so many bits, as shares of 2^integer bits: -1 to just below 1, whatever the integer bits are.
 * Between two of them the staircase rises; `far` is where it ends.
 */
function valuesOf(bits: number, far: number): { levels: number[]; stairs: { x: number[]; y: number[] } } {
  const half = 2 ** (bits - 1);
  const levels = Array.from({ length: 2 * half }, (_, code) => (code - half) / half);
  const last = levels[levels.length - 1];
  return { levels, stairs: { x: [-far, ...levels, far], y: [-1, ...levels, last] } };
}

function checkRange(name: string, values: readonly number[], least: number, most: number): void {
  const wrong = values.find((value, i) => !Number.isInteger(value) || value < least || value > most || (i > 0 && value <= values[i - 1]));
  if (values.length > 0 && wrong === undefined) return;
  throw new RangeError(`Expected ${name} as rising whole numbers from ${least} to ${most} but found ${wrong ?? "none"}`);
}

/** Index of the value that is shown first. */
function activeIndex(name: string, values: readonly number[], wanted: number | undefined, usual: number): number {
  const index = values.indexOf(wanted ?? usual);
  if (index < 0 && wanted !== undefined) throw new RangeError(`Expected active ${name} to be one of ${values.join(", ")} but found ${wanted}`);
  return Math.max(index, 0);
}

/**
 * Draws what `quantized_bits(bits, integer, alpha=1)` does to numbers, with a slider for the bits and one for the integer
 * bits: the staircase from number to value and the values beside a histogram of the numbers, and the error of all formats, in
 * percent of the numbers' own root mean square, as a map in which the chosen format is framed.
 *
 * The sliders need nothing of each other: the bits say how many steps there are from one end of the range to the other, the
 * integer bits how far apart the ends are drawn. A still picture shows the first choice.
 *
 * @param values numbers that are quantized, weights of a layer for example.
 * @throws {RangeError} if there are no values, one is NaN, or an option is out of range.
 * @example
 * ```ts
 * show(fixedPointFormats(kernel.dataSync(), { active: { bits: 8, integer: 4 } }));
 * ```
 */
export function fixedPointFormats(values: ArrayLike<number>, options: FixedPointFormatsOptions = {}): Figure {
  checkValues(values);
  const { title = "Bits and integer bits: grid and error", noun = "weight" } = options;
  const { bits = [2, 3, 4, 5, 6, 7, 8], integer = [-3, -2, -1, 0, 1, 2, 3, 4], active } = options;
  checkRange("bits", bits, 2, 10);
  checkRange("integer", integer, -8, 8);
  const chosen = { bits: activeIndex("bits", bits, active?.bits, 4), integer: activeIndex("integer", integer, active?.integer, 0) };
  const numbers = Float32Array.from(values);
  const reach = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0) * 1.15 || 1;
  const cells = bits.map((b) => integer.map((i) => cellOf(b, i, numbers, noun)));
  const counts = countWeights(numbers, reach, 61, []);
  const bars = { x: [...counts.centres, 0], y: [...counts.others, counts.zero] };
  const highest = Math.max(...bars.y);
  const below = -0.1 * highest;
  const far = Math.max(reach / 2 ** integer[0], 1);
  const formats = bits.map((b) => valuesOf(b, far));
  const pointsOf = ({ levels, stairs }: (typeof formats)[number]): { x: number[][]; y: number[][] } => ({
    x: [stairs.x, levels], y: [stairs.y, levels.map(() => below)],
  });
  const first = pointsOf(formats[chosen.bits]);

  // In the axes that lie over the others 1 is the end of the range.
  const spanOf = (i: number): [number, number] => [-reach / 2 ** i, reach / 2 ** i];
  const ownAxes = ["xaxis4", "yaxis4", "xaxis5"];
  const over = (anchor: string, overlaying: string): object =>
    ({ anchor, overlaying, range: spanOf(integer[chosen.integer]), visible: false, fixedrange: true });
  const columnOf = (at: number): Record<string, number> =>
    ({ "shapes[0].x0": at - 0.5, "shapes[0].x1": at + 0.5, "shapes[1].x0": at - 0.5, "shapes[1].x1": at + 0.5 });
  const rowOf = (at: number): Record<string, number> =>
    ({ "shapes[0].y0": at - 0.5, "shapes[0].y1": at + 0.5, "shapes[1].y0": at - 0.5, "shapes[1].y1": at + 0.5 });
  const corners = {
    type: "rect", xref: "x3", yref: "y3",
    x0: chosen.integer - 0.5, x1: chosen.integer + 0.5, y0: chosen.bits - 0.5, y1: chosen.bits + 0.5,
  };
  const [stairs, levels] = [1, 3];
  const slider = { y: 0, yanchor: "top", pad: { t: 58, b: 0 }, tickcolor: THEME.axis, font: { size: THEME.smallSize } };
  const named = (prefix: string): object => ({ prefix, font: { size: THEME.fontSize } });
  const sliders = [
    {
      ...slider, active: chosen.bits, x: LEFT[0], len: LEFT[1] - LEFT[0], currentvalue: named("Bits: "),
      steps: bits.map((b, at) => ({ label: String(b), method: "update", args: [pointsOf(formats[at]), rowOf(at), [stairs, levels]] })),
    },
    {
      ...slider, active: chosen.integer, x: RIGHT[0], len: RIGHT[1] - RIGHT[0], currentvalue: named("Integer bits: "),
      steps: integer.map((i, at) => ({
        label: whole(i), method: "relayout",
        args: [{ ...Object.fromEntries(ownAxes.map((axis) => [`${axis}.range`, spanOf(i)])), ...columnOf(at) }],
      })),
    },
  ];

  const { color } = methodStyle("quantized");
  const shade = (error: number): number => Math.log10(Math.max(error, COLORS.least));
  const [pale, dark] = [shade(COLORS.least), shade(COLORS.most)];
  const subtitle = `Right: error (root mean square) in % of the ${noun}s' own; the frame is the format on the left.`;
  const name = noun.charAt(0).toUpperCase() + noun.slice(1);
  const indices = (list: readonly number[]): object => ({ tickvals: list.map((_, at) => at), ticktext: list.map(whole), range: [-0.6, list.length - 0.4] });
  const cellAxis = { showgrid: false, showline: false, tickcolor: "#ffffff", fixedrange: true };
  return {
    data: [
      {
        type: "scatter", mode: "lines", name: "as it is", x: [-reach, reach], y: [-reach, reach], hoverinfo: "skip",
        line: { color: THEME.axis, width: 1, dash: "dot" },
      },
      {
        type: "scatter", mode: "lines", name: "quantized", x: first.x[0], y: first.y[0], xaxis: "x4", yaxis: "y4", hoverinfo: "skip",
        line: { color, width: 2.2, shape: "hvh" },
      },
      {
        type: "bar", name: `${noun}s`, ...bars, width: counts.width, xaxis: "x2", yaxis: "y2",
        marker: { color: methodStyle("baseline").barColor, line: { width: 0 } }, hovertemplate: "around %{x:.4~g}: %{y:.2f} %",
      },
      {
        type: "scatter", mode: "markers", name: "levels", x: first.x[1], y: first.y[1], xaxis: "x5", yaxis: "y2", hoverinfo: "skip",
        marker: { symbol: "line-ns-open", size: 7, color, line: { width: 1.4, color } },
      },
      {
        type: "heatmap", name: "error", z: cells.map((row) => row.map(({ error }) => shade(error))), zmin: pale, zmax: dark,
        text: cells.map((row) => row.map(({ sentence }) => sentence)), xaxis: "x3", yaxis: "y3", xgap: 2, ygap: 2, showscale: false,
        colorscale: SEQUENTIAL_SCALE, hovertemplate: "%{text}<extra></extra>",
      },
    ],
    layout: baseLayout(title, subtitle, {
      height: HEIGHT, margin: { ...baseMargin(subtitle), b: 142 }, barmode: "overlay",
      xaxis: baseAxis("", { domain: LEFT, anchor: "y", range: [-reach, reach], nticks: 7, showticklabels: false, fixedrange: true }),
      yaxis: baseAxis(`Quantized ${noun}`, { domain: UPPER, anchor: "x", range: [-reach, reach], nticks: 9, fixedrange: true }),
      xaxis2: baseAxis(name, { domain: LEFT, anchor: "y2", range: [-reach, reach], nticks: 7, showgrid: false, fixedrange: true }),
      yaxis2: baseAxis(`${name}s (%)`, { domain: LOWER, anchor: "x2", range: [-0.2 * highest, 1.1 * highest], nticks: 3, fixedrange: true }),
      xaxis3: baseAxis("Integer bits", { domain: RIGHT, anchor: "y3", ...indices(integer), ...cellAxis }),
      yaxis3: baseAxis("Bits", { anchor: "x3", ...indices(bits), ...cellAxis }),
      xaxis4: over("y4", "x"),
      yaxis4: over("x4", "y"),
      xaxis5: over("y2", "x2"),
      // The white line around the coloured one keeps it apart from cells of any lightness.
      shapes: [{ ...corners, line: { color: "#ffffff", width: 6 } }, { ...corners, line: { color: THEME.accent, width: 3 } }],
      annotations: cells.flatMap((row, y) => row.map(({ error }, x) => ({
        text: short(error), x, y, xref: "x3", yref: "y3", showarrow: false,
        font: { size: 11, color: textOnScale((shade(error) - pale) / (dark - pale)) },
      }))),
      sliders,
    }),
  };
}
