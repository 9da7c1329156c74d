import type { SweepPoint } from "./accuracyMap.js";
import { escapeText } from "./baseLayout.js";
import type { Trace } from "./figure.js";
import { scaleColor } from "./sequentialScale.js";
import { textWidth } from "./textWidth.js";
import { THEME } from "./theme.js";

/** One training of a sweep, with its size. */
export interface SizedSweepPoint extends SweepPoint {
  /** Size of its file in bytes. */
  bytes: number;
}

const KIB = 1024;
const OUTLINE = { color: "#444444", width: 1 }; // pale points stand out from white by it
const KEY = { size: 9, gap: 5, apart: 16, above: 20 }; // pixels

/**
 * Draws the points of a sweep small, coloured by their bits.
 *
 * @param front those of them that are on the Pareto front: drawn larger and above the others.
 */
export function sweepTrace(sweep: readonly SizedSweepPoint[], front: ReadonlySet<SizedSweepPoint>): Trace {
  const color = colorByBits(sweep);
  const points = [...sweep].sort((a, b) => Number(front.has(a)) - Number(front.has(b)));
  return {
    type: "scatter",
    mode: "markers",
    name: "sweep",
    x: points.map(({ bytes }) => bytes / KIB),
    y: points.map(({ accuracy }) => accuracy * 100),
    text: points.map(pointName),
    marker: {
      color: points.map(({ bits }) => color(bits)),
      size: points.map((point) => (front.has(point) ? 9 : 6)),
      opacity: 1, // else Plotly makes markers of several sizes translucent, and the key is wrong
      line: OUTLINE,
    },
    cliponaxis: false,
    hoverlabel: { bgcolor: "#ffffff", bordercolor: OUTLINE.color, font: { color: THEME.ink } },
    hovertemplate: "%{text}: %{x:,.2f} KiB, %{y:.2f} %<extra></extra>",
  };
}

/** Says which point of a sweep it is, such as `4 bits, 50 %`. */
export function pointName({ bits, sparsity }: SweepPoint): string {
  return `${bits} bits, ${Number((sparsity * 100).toFixed(2))} %`;
}

/**
 * Gives a line that says which colour is which number of bits.
 *
 * @param margin of the layout; the line stands above the chart, below the subtitle.
 */
export function sweepKey(
  sweep: readonly SizedSweepPoint[],
  margin: { l: number },
): { shapes: { [attribute: string]: unknown }[]; annotations: { [attribute: string]: unknown }[] } {
  const color = colorByBits(sweep);
  const shapes: { [attribute: string]: unknown }[] = [];
  const annotations: { [attribute: string]: unknown }[] = [];
  let left = 15 - margin.l; // pixels from the y axis; begins where the subtitle does
  const write = (text: string): void => {
    annotations.push({
      text: escapeText(text),
      x: 0,
      xref: "paper",
      xanchor: "left",
      xshift: left,
      y: 1,
      yref: "paper",
      yanchor: "middle",
      yshift: KEY.above,
      borderpad: 0,
      showarrow: false,
      font: { size: THEME.smallSize, color: THEME.axis },
    });
    left += textWidth(text, THEME.smallSize) + KEY.apart;
  };
  write("Bits per weight:");
  for (const bits of [...new Set(sweep.map((point) => point.bits))].sort((a, b) => a - b)) {
    shapes.push({
      type: "circle",
      xref: "paper",
      xsizemode: "pixel",
      xanchor: 0,
      x0: left,
      x1: left + KEY.size,
      yref: "paper",
      ysizemode: "pixel",
      yanchor: 1,
      y0: KEY.above - KEY.size / 2,
      y1: KEY.above + KEY.size / 2,
      fillcolor: color(bits),
      line: OUTLINE,
    });
    left += KEY.size + KEY.gap;
    write(String(bits));
  }
  return { shapes, annotations };
}

function colorByBits(sweep: readonly SizedSweepPoint[]): (bits: number) => string {
  const all = sweep.map(({ bits }) => bits);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return (bits) => scaleColor(low === high ? 0.5 : (bits - low) / (high - low));
}
