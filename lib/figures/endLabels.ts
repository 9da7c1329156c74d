import type { Trace } from "./figure.js";
import { spreadLabels } from "./spreadLabels.js";
import { textWidth } from "./textWidth.js";
import { escapeText, markerOf } from "./baseLayout.js";
import { THEME, type MethodStyle } from "./theme.js";

/** The end of a curve and what to write there. */
export interface CurveEnd {
  /** Where the curve ends, on the y axis. */
  value: number;
  /** Plain text. */
  text: string;
  style: MethodStyle;
}

/** What a chart adds to have its curves labelled at their right ends. */
export interface EndLabels {
  /** Short lines from each curve's end to its label, in the curve's dash and symbol. */
  data: Trace[];
  annotations: { [attribute: string]: unknown }[];
  /** The axes of the strip to the right of the chart; the y axis follows the chart's. */
  axes: { xaxis2: { [attribute: string]: unknown }; yaxis2: { [attribute: string]: unknown } };
  /** Domain that is left for the chart's own x axis. */
  domain: [number, number];
}

const ELBOW = 14; // pixels from the curve's end to the level of its label
const SAMPLE = 48; // pixels from the curve's end to the text

/**
 * Places the names of curves beside their right ends, moved apart where they would touch.
 *
 * @param ends one for each curve.
 * @param range of the y axis.
 * @param margin of the layout, in pixels; the chart has the theme's size.
 */
export function endLabels(
  ends: readonly CurveEnd[],
  range: readonly [number, number],
  margin: { l: number; r: number; t: number; b: number },
): EndLabels {
  const width = THEME.width - margin.l - margin.r;
  const height = THEME.height - margin.t - margin.b;
  const strip = SAMPLE + 4 + Math.max(...ends.map(({ text }) => textWidth(text, THEME.labelSize)));
  const share = strip / width;
  const scale = (range[1] - range[0]) / height;
  // Where the axis was cut, or the value is not a number, the label stands at the axis' end.
  const starts = ends.map(({ value }) =>
    Math.min(range[1], Math.max(range[0], Number.isNaN(value) ? range[0] : value)),
  );
  const wishes = starts.map((value) => (range[1] - value) / scale);
  const levels = spreadLabels(wishes, THEME.labelSize + 5, [-8, height + 8]).map(
    (pixel) => range[1] - pixel * scale,
  );
  return {
    data: ends.map(({ style }, index) => ({
      type: "scatter",
      mode: "lines+markers",
      x: [0, ELBOW, (ELBOW + SAMPLE) / 2, SAMPLE - 5],
      y: [starts[index], levels[index], levels[index], levels[index]],
      xaxis: "x2",
      yaxis: "y2",
      line: { color: style.color, dash: style.dash, width: 1.6 },
      marker: { ...markerOf(style, 8), opacity: [0, 0, 1, 0] },
      cliponaxis: false,
      hoverinfo: "skip",
    })),
    annotations: ends.map(({ text, style }, index) => ({
      text: escapeText(text),
      x: SAMPLE,
      xref: "x2",
      xanchor: "left",
      y: levels[index],
      yref: "y2",
      yanchor: "middle",
      showarrow: false,
      borderpad: 0,
      font: { color: style.textColor, size: THEME.labelSize },
    })),
    axes: {
      xaxis2: { domain: [1 - share, 1], range: [0, strip], anchor: "y2", visible: false, fixedrange: true },
      yaxis2: { range: [...range], anchor: "x2", matches: "y", visible: false },
    },
    domain: [0, 1 - share],
  };
}
