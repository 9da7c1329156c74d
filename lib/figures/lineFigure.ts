import { baseAxis, baseLayout, baseMargin, escapeText, markerOf } from "./baseLayout.js";
import { endLabels } from "./endLabels.js";
import type { Figure } from "./figure.js";
import { seriesStyles, THEME, type Method } from "./theme.js";

/** A line with a marker at each point. */
export interface Line {
  /** What stands beside its right end. */
  name: string;
  /** Its compression method, which sets colour, dash and symbol. Default: the next unused style. */
  method?: Method;
  x: readonly number[];
  y: readonly number[];
  /** Lowest and highest value at each point, a thin bar. */
  low?: readonly number[];
  high?: readonly number[];
}

/** What is around the lines. */
export interface LineFigureOptions {
  title: string;
  subtitle: string;
  xTitle: string;
  yTitle: string;
  /** Lowest and highest value shown, not their logarithms. */
  xRange: readonly [number, number];
  yRange: readonly [number, number];
  /** Where the horizontal axis has its numbers. Default: where Plotly puts them. */
  xTicks?: readonly number[];
  /** Which axes are logarithmic. Default: none. */
  logarithmic?: { x?: boolean; y?: boolean };
  /** What stands beside the end of a line, after its name; "" for the name alone. */
  textOf: (y: number) => string;
  hovertemplate: string;
  /** A level to compare with, a thin line. */
  reference?: number;
}

// Ticks at 1, 2 and 5 of each power of ten.
const LOGARITHMIC = { type: "log", dtick: "D2" };

/** Plotly's ranges of a logarithmic axis are exponents. */
const axisRange = ([low, high]: readonly [number, number], logarithmic?: boolean): [number, number] =>
  logarithmic ? [Math.log10(low), Math.log10(high)] : [low, high];

/** Draws lines over a number, each labelled at its right end. */
export function lineFigure(lines: readonly Line[], options: LineFigureOptions): Figure {
  if (lines.length === 0) throw new RangeError("Expected at least one series but found none");
  for (const { name, x, y } of lines) {
    if (x.length !== y.length || x.length === 0) {
      throw new RangeError(`Expected "${name}" to have a value for each point but found ${x.length} points and ${y.length} values`);
    }
  }
  const { title, subtitle, xTitle, yTitle, xTicks, textOf, hovertemplate, reference, logarithmic = {} } = options;
  const xRange = axisRange(options.xRange, logarithmic.x);
  const yRange = axisRange(options.yRange, logarithmic.y);
  const styles = seriesStyles(lines);
  const ends = lines.map(({ name, y }, i) => {
    const last = y[y.length - 1];
    const text = [name, textOf(last)].filter((part) => part !== "").join(": ");
    return { value: logarithmic.y ? Math.log10(last) : last, text, style: styles[i] };
  });
  const labels = endLabels(ends, yRange, baseMargin(subtitle));
  return {
    data: [
      ...lines.map(({ name, x, y, low, high }, i) => ({
        type: "scatter",
        mode: "lines+markers",
        name: escapeText(name),
        x: [...x],
        y: [...y],
        line: { color: styles[i].color, dash: styles[i].dash, width: 2.4 },
        marker: markerOf(styles[i], 8),
        ...(low && high && { error_y: rangeBars(y, low, high, styles[i].color) }),
        cliponaxis: false,
        hovertemplate,
      })),
      ...labels.data,
    ],
    layout: baseLayout(title, subtitle, {
      xaxis: baseAxis(xTitle, { domain: labels.domain, range: xRange, ...(logarithmic.x && LOGARITHMIC), ...(xTicks && ticksAt(xTicks)) }),
      ...labels.axes,
      // The labels' axis counts logarithms, so Plotly cannot let it follow this one.
      ...(logarithmic.y && { yaxis2: { ...labels.axes.yaxis2, matches: undefined } }),
      yaxis: baseAxis(yTitle, { range: yRange, ...(logarithmic.y && LOGARITHMIC) }),
      annotations: labels.annotations,
      shapes: reference === undefined ? [] : [levelLine(reference)],
    }),
  };
}

/** Numbers of an axis at these places and nowhere else. */
function ticksAt(values: readonly number[]): { [attribute: string]: unknown } {
  return { tickmode: "array", tickvals: [...values], ticktext: values.map((value) => value.toLocaleString("en-US")), dtick: undefined };
}

/** Bars from the lowest to the highest value of each point. */
function rangeBars(y: readonly number[], low: readonly number[], high: readonly number[], color: string): { [attribute: string]: unknown } {
  return {
    type: "data", symmetric: false, array: y.map((value, i) => high[i] - value), arrayminus: y.map((value, i) => value - low[i]),
    color, thickness: 1.2, width: 4,
  };
}

/** A thin horizontal line. */
export function levelLine(y: number): { [attribute: string]: unknown } {
  return { type: "line", xref: "x domain", x0: 0, x1: 1, y0: y, y1: y, layer: "below", line: { color: THEME.ink, width: 1 } };
}
