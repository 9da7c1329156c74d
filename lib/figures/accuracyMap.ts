import { colorBarLabels, type ColorBarLabel } from "./colorBarLabels.js";
import type { Figure } from "./figure.js";
import { textWidth } from "./textWidth.js";
import { baseAxis, baseLayout, escapeText } from "./baseLayout.js";
import { SEQUENTIAL_SCALE, textOnScale } from "./sequentialScale.js";
import { THEME } from "./theme.js";

/** One training of a sweep over bits and sparsities. */
export interface SweepPoint {
  /** Bits of a weight; more than 0. */
  bits: number;
  /** Share of the weights that were asked to be zero, from 0 to 1. */
  sparsity: number;
  /** Accuracy from 0 to 1; NaN where it is not measured yet. */
  accuracy: number;
}

/** How the map is drawn. */
export interface AccuracyMapOptions {
  title?: string;
  /**
   * Accuracies at the lower and the upper end of the colours, in percent; what lies beyond an end has
   * its colour. Default: from the data and the baseline, but never less than one percentage point.
   */
  range?: readonly [number, number];
  /** What kind of accuracy it is, for the colour scale. Default: `"Test accuracy"`. */
  accuracyName?: string;
  /** A point to frame, for example the recipe of another chapter, and what to call it. */
  mark?: { readonly bits: number; readonly sparsity: number; readonly name: string };
  /** What to compare with, for example the float model, marked on the colour scale; accuracy from 0 to 1. */
  baseline?: { readonly name: string; readonly accuracy: number };
}

const MARGIN = { l: 68, t: 72, b: 58 };
const BAR = { gap: 20, width: 16, tick: 4, title: 34 }; // pixels, from the map to the right
const ROW_HEIGHT = 32;
const MOST_HEIGHT = 640;
const SMALLEST_TEXT = 10;
const EDGE = 3; // pixels around all cells: room for the frame of one at the border

/**
 * Draws the accuracies of a sweep as a heatmap: a column for each number of bits, a row for each
 * sparsity, and in each cell the accuracy as a colour and as a number.
 *
 * @param points in any order, at most one a cell; a cell without one stays blank.
 * @throws {RangeError} if no point is measured, two are of the same cell, a number of bits is not
 *   positive, a share is outside 0 to 1, the range does not rise, or the mark is none of the points.
 * @example
 * ```ts
 * const points = [{ bits: 4, sparsity: 0.2, accuracy: 0.97 }, { bits: 8, sparsity: 0.2, accuracy: 0.991 }];
 * const mark = { bits: 8, sparsity: 0.2, name: "the recipe" };
 * show(accuracyMap(points, { mark, baseline: { name: "float", accuracy: 0.993 } }));
 * ```
 */
export function accuracyMap(points: readonly SweepPoint[], options: AccuracyMapOptions = {}): Figure {
  const { title = "Accuracy by bits and sparsity", accuracyName = "Test accuracy", mark, baseline } = options;
  const grid = arrange(points);
  const { bits, sparsities, cells } = grid;
  const measured = cells.flat().filter((value) => value !== null);
  if (measured.length === 0) throw new RangeError("Expected at least one measured accuracy but found none");
  const reference = baseline && { name: baseline.name, value: baseline.accuracy * 100 };
  const range = options.range ?? rangeOf(reference ? [...measured, reference.value] : measured);
  if (!(range[0] < range[1])) {
    throw new RangeError(`Expected range to rise but found ${range.join(" to ")}`);
  }
  const digits = digitsFor(measured);
  const marked = mark && markedCell(grid, mark);

  const needed = MARGIN.t + MARGIN.b + sparsities.length * ROW_HEIGHT;
  const height = Math.min(Math.max(needed, THEME.height), MOST_HEIGHT);
  const mapHeight = height - MARGIN.t - MARGIN.b;
  const inRange = reference !== undefined && reference.value >= range[0] && reference.value <= range[1];
  const wanted = cutEnds(measured, range);
  if (inRange) {
    const { name, value } = reference;
    wanted.unshift({ value, text: `${name}: ${value.toFixed(digits)}`, bold: true });
  }
  const labels = colorBarLabels(range, mapHeight, wanted);
  const labelWidth = Math.max(...labels.map(({ text, bold }) => textWidth(text, THEME.smallSize, bold)));
  const right = Math.ceil(BAR.gap + BAR.width + BAR.tick + labelWidth + BAR.title);
  const mapWidth = THEME.width - MARGIN.l - right;
  const textSize = fittingSize(mapWidth / bits.length, mapHeight / sparsities.length, digits);

  const notes: string[] = [];
  if (textSize >= SMALLEST_TEXT) notes.push("In each cell: the accuracy in percent.");
  if (mark && marked) {
    const value = cells[marked.row][marked.column];
    notes.push(`Framed: ${mark.name}${value === null ? "" : `, ${value.toFixed(digits)} %`}.`);
  }
  if (reference !== undefined && !inRange) {
    notes.push(`Not on the scale: ${reference.name}, ${reference.value.toFixed(digits)} %.`);
  }
  if (measured.length < bits.length * sparsities.length) notes.push("Blank: not measured.");

  return {
    data: [
      {
        type: "heatmap",
        x: bits.map((_, index) => index),
        y: sparsities.map((_, index) => index),
        z: cells,
        text: sparsities.map((row) => bits.map((column) => `${column} bits, sparsity ${row} %`)),
        zmin: range[0],
        zmax: range[1],
        colorscale: SEQUENTIAL_SCALE,
        xgap: 2,
        ygap: 2,
        hoverongaps: false,
        hovertemplate: "%{text}: %{z:.2f} %<extra></extra>",
        colorbar: colorBar(labels, 1 + BAR.gap / mapWidth),
      },
    ],
    layout: baseLayout(title, notes.join(" "), {
      height,
      margin: { ...MARGIN, r: right },
      xaxis: cellAxis("Bits per weight", bits, mapWidth, THEME.fontSize * 2),
      yaxis: cellAxis("Sparsity (%)", sparsities, mapHeight, THEME.fontSize * 1.2),
      shapes: marked === undefined ? [] : frame(marked),
      annotations: [
        ...(textSize < SMALLEST_TEXT ? [] : cellTexts(cells, range, digits, textSize)),
        colorBarTitle(`${accuracyName} (%)`, right - BAR.title / 2),
      ],
    }),
  };
}

/** The cells of the map: its columns, its rows in percent, both rising, and the accuracies in percent. */
interface Grid {
  bits: number[];
  sparsities: number[];
  cells: (number | null)[][]; // [row][column]
}

interface Cell {
  row: number;
  column: number;
}

function arrange(points: readonly SweepPoint[]): Grid {
  points.forEach(check);
  const rising = (values: number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
  const bits = rising(points.map((point) => point.bits));
  const sparsities = rising(points.map(({ sparsity }) => percent(sparsity)));
  const found = new Set<string>();
  const cells = sparsities.map(() => bits.map((): number | null => null));
  for (const { bits: own, sparsity, accuracy } of points) {
    const text = `${own} bits and sparsity ${sparsity}`;
    const [row, column] = [sparsities.indexOf(percent(sparsity)), bits.indexOf(own)];
    const key = `${row} ${column}`;
    if (found.has(key)) throw new RangeError(`Expected one point of ${text} but found two`);
    found.add(key);
    if (!Number.isNaN(accuracy)) cells[row][column] = accuracy * 100;
  }
  return { bits, sparsities, cells };
}

// Shares that were computed, such as 3 * 0.1, meet those that were written down.
function percent(share: number): number {
  return Number((share * 100).toFixed(4));
}

function markedCell({ bits, sparsities }: Grid, mark: { bits: number; sparsity: number }): Cell {
  const [row, column] = [sparsities.indexOf(percent(mark.sparsity)), bits.indexOf(mark.bits)];
  if (row < 0 || column < 0) {
    throw new RangeError(
      `Expected mark to be a point of the map but found ${mark.bits} bits and sparsity ${mark.sparsity}`,
    );
  }
  return { row, column };
}

// A spread of less than a percentage point would look like a pattern where it is mostly chance.
function rangeOf(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (high - low >= 1) return [low, high];
  const start = Math.max(0, Math.min((low + high) / 2 - 0.5, 99));
  return [start, start + 1];
}

// So many that the values take at least ten different steps, up to hundredths.
function digitsFor(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values) < 1 ? 2 : 1;
}

function cutEnds(values: readonly number[], [low, high]: readonly [number, number]): ColorBarLabel[] {
  const ends: ColorBarLabel[] = [];
  if (values.some((value) => value < low)) ends.push({ value: low, text: `≤ ${Number(low.toFixed(2))}` });
  if (values.some((value) => value > high)) ends.push({ value: high, text: `≥ ${Number(high.toFixed(2))}` });
  return ends;
}

function fittingSize(cellWidth: number, cellHeight: number, digits: number): number {
  const widest = textWidth(`100.${"0".repeat(digits)}`, 1);
  return Math.floor(Math.min(THEME.labelSize, (cellWidth - 6) / widest, cellHeight - 6));
}

// `length` of the axis and the room a name takes along it are in pixels.
function cellAxis(
  title: string,
  names: readonly number[],
  length: number,
  room: number,
): { [attribute: string]: unknown } {
  const edge = (EDGE * names.length) / (length - 2 * EDGE);
  const every = Math.ceil((room * names.length) / length);
  const named = names.map((_, index) => index).filter((index) => index % every === 0);
  return baseAxis(title, {
    showgrid: false,
    showline: false,
    tickcolor: "#ffffff",
    tickvals: named,
    ticktext: named.map((index) => String(names[index])),
    range: [-0.5 - edge, names.length - 0.5 + edge],
  });
}

function cellTexts(
  cells: Grid["cells"],
  [low, high]: readonly [number, number],
  digits: number,
  size: number,
): { [attribute: string]: unknown }[] {
  return cells.flatMap((values, y) =>
    values.flatMap((value, x) => {
      if (value === null) return [];
      const color = textOnScale((value - low) / (high - low));
      return [{ text: value.toFixed(digits), x, y, showarrow: false, font: { size, color } }];
    }),
  );
}

// The white line around the coloured one keeps it apart from cells of any lightness.
function frame({ row, column }: Cell): { [attribute: string]: unknown }[] {
  const corners = { type: "rect", x0: column - 0.5, x1: column + 0.5, y0: row - 0.5, y1: row + 0.5 };
  return [
    { ...corners, line: { color: "#ffffff", width: 6 } },
    { ...corners, line: { color: THEME.accent, width: 3 } },
  ];
}

function colorBar(labels: readonly ColorBarLabel[], x: number): { [attribute: string]: unknown } {
  return {
    x,
    xpad: 0,
    ypad: 0,
    len: 1,
    thickness: BAR.width,
    outlinewidth: 0,
    ticks: "outside",
    ticklen: BAR.tick,
    tickcolor: THEME.axis,
    tickfont: { size: THEME.smallSize },
    tickvals: labels.map(({ value }) => value),
    ticktext: labels.map(({ text, bold }) => (bold ? `<b>${escapeText(text)}</b>` : escapeText(text))),
  };
}

// Not the colour bar's own title: where that stands depends on how a browser measures the labels.
function colorBarTitle(text: string, shift: number): { [attribute: string]: unknown } {
  return {
    text: escapeText(text),
    textangle: -90,
    x: 1,
    xref: "paper",
    xanchor: "center",
    xshift: shift,
    y: 0.5,
    yref: "paper",
    yanchor: "middle",
    borderpad: 0,
    showarrow: false,
  };
}

function check({ bits, sparsity, accuracy }: SweepPoint): void {
  if (!(bits > 0 && Number.isFinite(bits))) {
    throw new RangeError(`Expected bits to be more than 0 but found ${bits}`);
  }
  if (!(sparsity >= 0 && sparsity <= 1)) {
    throw new RangeError(`Expected sparsity as a share from 0 to 1 but found ${sparsity}`);
  }
  if (accuracy < 0 || accuracy > 1) {
    throw new RangeError(`Expected accuracy as a share from 0 to 1 but found ${accuracy}`);
  }
}
