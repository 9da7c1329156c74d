import { baseAxis, baseLayout, escapeText, markerOf } from "./baseLayout.js";
import type { Figure } from "./figure.js";
import { textWidth } from "./textWidth.js";
import { methodStyle, THEME, type Method } from "./theme.js";

/** How far something is ahead of what it is compared with. */
export interface PairedDifference {
  name: string;
  /** Its compression method, which sets colour and symbol. Default: `"distilled"`. */
  method?: Method;
  /** Mean difference of the accuracies, a share such as .012; below 0 where it is behind. */
  difference: number;
  /** Ends of its confidence interval. */
  interval: readonly [number, number];
}

/** How differences are drawn. */
export interface PairedDifferencesOptions {
  title?: string;
  /** What they are ahead of, for the axis. Default: `"the control"`. */
  controlName?: string;
  /** Said below the title, for example how many seeds. */
  note?: string;
}

const ROW_HEIGHT = 34;

/**
 * Draws paired differences in points, a row each, with their intervals: one that does not reach 0 is told from chance.
 *
 * @throws {RangeError} if there is no row, or an interval does not hold its difference.
 * @example
 * ```ts
 * show(pairedDifferences([{ name: "T = 8", difference: 0.015, interval: [0.01, 0.02] }], { controlName: "alone" }));
 * ```
 */
export function pairedDifferences(rows: readonly PairedDifference[], options: PairedDifferencesOptions = {}): Figure {
  const { title = "Differences", controlName = "the control", note = "" } = options;
  if (rows.length === 0) throw new RangeError("Expected at least one difference but found none");
  for (const { name, difference, interval: [low, high] } of rows) {
    if (!(low <= difference && difference <= high)) {
      throw new RangeError(`Expected the interval of "${name}" to hold ${difference} but found ${low} to ${high}`);
    }
  }
  const points = rows.map(({ name, method = "distilled", difference, interval: [low, high] }) => ({
    name, style: methodStyle(method), value: 100 * difference, low: 100 * low, high: 100 * high,
  }));
  const widest = Math.max(...points.map(({ name }) => textWidth(name, THEME.labelSize)));
  const ends = [0, ...points.flatMap(({ low, high }) => [low, high])];
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const room = Math.max(most - least, 0.2) * 0.06;
  const margin = { l: Math.ceil(widest) + 34, r: 24, t: note === "" ? 52 : 72, b: 58 };
  return {
    data: points.map(({ name, style, value, low, high }, row) => ({
      type: "scatter", mode: "markers", name: escapeText(name), x: [value], y: [row], marker: markerOf(style, 10), cliponaxis: false,
      error_x: { type: "data", symmetric: false, array: [high - value], arrayminus: [value - low], color: style.color, thickness: 2, width: 6 },
      hovertemplate: `${value.toFixed(2)} points, ${low.toFixed(2)} to ${high.toFixed(2)}`,
    })),
    layout: baseLayout(title, note, {
      height: margin.t + margin.b + ROW_HEIGHT * Math.max(points.length, 3), margin,
      xaxis: baseAxis(`Points ahead of ${controlName}`, { range: [least - room, most + room] }),
      yaxis: baseAxis("", {
        range: [points.length - 0.5, -0.5], showgrid: false, tickvals: points.map((_, row) => row), ticktext: points.map(({ name }) => escapeText(name)),
        tickcolor: "#ffffff", tickfont: { size: THEME.labelSize },
      }),
      shapes: [{ type: "line", x0: 0, x1: 0, yref: "y domain", y0: 0, y1: 1, layer: "below", line: { color: THEME.ink, width: 1 } }],
    }),
  };
}
