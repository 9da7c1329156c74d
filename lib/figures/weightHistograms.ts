import { countWeights, type WeightCounts } from "./countWeights.js";
import type { Figure, Trace } from "./figure.js";
import { textWidth } from "./textWidth.js";
import { baseAxis, baseLayout, baseMargin, escapeText } from "./baseLayout.js";
import { methodStyle, THEME, type Method } from "./theme.js";

/** The weights of one layer at one stage. */
export interface WeightPanel {
  /** Name of the layer, above its histogram. */
  name: string;
  /** Where several stages are compared, for example `"before"` and `"after"`: a row each. */
  stage?: string;
  weights: ArrayLike<number>;
  /** Its compression method, which sets the colour. Default: `"baseline"`. */
  method?: Method;
  /** Values the quantizer can give, marked below the bars where they are not too dense to see. */
  levels?: ArrayLike<number>;
}

/** How the histograms are drawn. */
export interface WeightHistogramsOptions {
  title?: string;
  /** Bars in each histogram. Default: 41; odd, so that one is centred on zero. */
  bins?: number;
  /** Histograms in a row where there are no stages. Default: as many as fit, up to 4. */
  columns?: number;
}

const LEVELS = "levels of the quantizer";
const ROW_HEIGHT = 165;
const MARGIN = { l: 84, r: 24, b: 58 };
const PLOT_WIDTH = THEME.width - MARGIN.l - MARGIN.r;
const MOST_ACROSS = 4; // histograms in a row
const GAP = { x: 34, y: 62 }; // pixels between histograms: room for tick labels and headings

/**
 * Draws a histogram of the weights of each layer, with the share that is exactly zero as a bar and a
 * number of its own.
 *
 * @param panels one for each layer and stage. Stages of the same layer share the range of weights.
 * @throws {RangeError} if there is no panel, or a panel has no weights.
 * @example
 * ```ts
 * show(weightHistograms([
 *   { name: "dense 1", stage: "float", weights: before },
 *   { name: "dense 1", stage: "QAP", weights: after, method: "qap", levels: quantizer.levels },
 * ]));
 * ```
 */
export function weightHistograms(
  panels: readonly WeightPanel[],
  options: WeightHistogramsOptions = {},
): Figure {
  if (panels.length === 0) throw new RangeError("Expected at least one panel but found none");
  const { title = "Weights of each layer", bins = 41 } = options;
  const grid = arrange(panels, options.columns);
  const drawn = panels.map((panel, index) => {
    const reach = reachOf(panels.filter(({ name }) => name === panel.name));
    const levels = Array.from(panel.levels ?? []).filter((level) => Math.abs(level) <= reach);
    return drawPanel(
      panel,
      grid.cells[index],
      reach,
      levels,
      countWeights(panel.weights, reach, bins, levels),
    );
  });
  const data = drawn.flatMap((panel) => panel.data);

  const notes: string[] = [];
  if (drawn.some(({ zero }) => zero > 0)) {
    const cut = drawn.some(({ cut }) => cut) ? "; where it reaches the top it is cut off" : "";
    notes.push(`White bar: weights that are exactly zero${cut}.`);
  }
  if (data.some(({ name }) => name === LEVELS)) notes.push("Ticks below: the quantizer's levels.");
  const subtitle = notes.join(" ");
  const margin = { ...MARGIN, t: baseMargin(subtitle).t + 20 };
  return {
    data,
    layout: baseLayout(title, subtitle, {
      height: Math.max(THEME.height, margin.t + margin.b + grid.rows * ROW_HEIGHT),
      margin,
      barmode: "overlay",
      ...Object.fromEntries(drawn.flatMap(({ axes }) => Object.entries(axes))),
      annotations: drawn.flatMap((panel) => panel.annotations),
    }),
  };
}

/** Where a histogram stands, and what is written at it. */
interface Cell {
  /** Of Plotly's axes: "" for the first, "2", "3", … */
  suffix: string;
  columns: number;
  rows: number;
  /** Left and right, bottom and top, as shares of the chart. */
  x: [number, number];
  y: [number, number];
  heading: string;
  /** What stands left of it, above "Weights (%)"; null if it is not the first of its row. */
  rowTitle: string | null;
  /** True if no other histogram stands below it. */
  lowest: boolean;
}

function arrange(
  panels: readonly WeightPanel[],
  wanted: number | undefined,
): { rows: number; cells: Cell[] } {
  const stages = [...new Set(panels.map(({ stage }) => stage))];
  const layers = [...new Set(panels.map(({ name }) => name))];
  const byStage = stages.length > 1;
  const stageRows = byStage && layers.length <= MOST_ACROSS;
  const columns = stageRows
    ? layers.length
    : byStage
      ? stages.length
      : Math.min(wanted ?? fewColumns(panels), panels.length);
  const rows = stageRows ? stages.length : byStage ? layers.length : Math.ceil(panels.length / columns);
  const plotHeight = Math.max(THEME.height - MARGIN.b - baseMargin("").t, rows * ROW_HEIGHT);
  const cells = panels.map(({ name, stage }, index): Cell => {
    const [layerAt, stageAt] = [layers.indexOf(name), stages.indexOf(stage)];
    const column = stageRows ? layerAt : byStage ? stageAt : index % columns;
    const row = stageRows ? stageAt : byStage ? layerAt : Math.floor(index / columns);
    return {
      suffix: index === 0 ? "" : String(index + 1),
      columns,
      rows,
      x: domain(column, columns, GAP.x / PLOT_WIDTH),
      y: domain(rows - 1 - row, rows, GAP.y / plotHeight),
      heading: byStage && !stageRows ? `${name}, ${stage ?? ""}` : name,
      rowTitle: column > 0 ? null : stageRows ? (stage ?? "") : "",
      lowest: row === rows - 1 || (!byStage && index + columns >= panels.length),
    };
  });
  return { rows, cells };
}

function drawPanel(
  { name, stage, method = "baseline" }: WeightPanel,
  { suffix, columns, rows, x, y, heading, rowTitle, lowest }: Cell,
  reach: number,
  levels: readonly number[],
  { width, centres, others, zero }: WeightCounts,
): { data: Trace[]; axes: { [name: string]: object }; annotations: object[]; zero: number; cut: boolean } {
  // The zeros do not squeeze the rest: where they are many, their bar leaves the panel.
  const most = Math.max(...others, others.length === 0 ? zero : 0);
  const height = Math.min(Math.max(most, zero), most * 1.4) * 1.1;
  const barWidth = levels.length > 0 ? width * 0.8 : width;
  const place = { xaxis: `x${suffix}`, yaxis: `y${suffix}` };
  const label = escapeText(stage === undefined ? name : `${name}, ${stage}`);

  const data: Trace[] = [
    {
      type: "bar",
      name: label,
      x: centres,
      y: others,
      width: barWidth,
      marker: { color: methodStyle(method).barColor, line: { width: 0 } },
      hovertemplate: "around %{x:.4~g}: %{y:.2f} % of the weights",
      ...place,
    },
  ];
  if (zero > 0) {
    data.push({
      type: "bar",
      name: label,
      x: [0],
      y: [zero],
      width: barWidth,
      marker: { color: "#ffffff", line: { color: THEME.accent, width: 2 } },
      hovertemplate: "exactly zero: %{y:.2f} % of the weights",
      ...place,
    });
  }
  const visible = levels.length > 0 && levels.length * 3 <= PLOT_WIDTH / columns; // at least 3 pixels apart
  if (visible) {
    data.push({
      type: "scatter",
      mode: "markers",
      name: LEVELS,
      x: [...levels],
      y: levels.map(() => -0.05 * height),
      marker: { symbol: "line-ns-open", size: 6, color: THEME.ink, line: { width: 1 } },
      hoverinfo: "skip",
      ...place,
    });
  }

  const zeros = zeroText(zero);
  const room = (x[1] - x[0]) * PLOT_WIDTH - textWidth(heading, THEME.smallSize, true) - 8;
  const inside = textWidth(zeros, THEME.smallSize) > room;
  return {
    data,
    axes: {
      [`xaxis${suffix}`]: baseAxis(lowest ? "Weight" : "", {
        domain: x,
        anchor: `y${suffix}`,
        range: [-reach, reach],
        nticks: columns > 2 ? 5 : 9,
        showgrid: false,
      }),
      [`yaxis${suffix}`]: baseAxis("", {
        domain: y,
        anchor: `x${suffix}`,
        range: [visible ? -0.1 * height : 0, height],
        nticks: rows === 1 ? 8 : 4,
      }),
    },
    annotations: [
      header(`<b>${escapeText(heading)}</b>`, x[0], "left", y[1], "bottom", THEME.ink),
      header(zeros, x[1], "right", y[1], inside ? "top" : "bottom", zero > 0 ? THEME.accentText : THEME.axis),
      ...(rowTitle === null ? [] : [rowHeader(rowTitle, (y[0] + y[1]) / 2)]),
    ],
    zero,
    cut: zero > height,
  };
}

function fewColumns({ length }: readonly WeightPanel[]): number {
  return length <= 3 ? length : length === 4 ? 2 : length <= 6 ? 3 : MOST_ACROSS;
}

function domain(index: number, count: number, gap: number): [number, number] {
  const size = (1 - gap * (count - 1)) / count;
  return [index * (size + gap), Math.min(1, index * (size + gap) + size)];
}

// The largest weight and a little more; the range is symmetric, so that zero is in the middle of a bar.
function reachOf(panels: readonly WeightPanel[]): number {
  let furthest = 0;
  for (const { name, weights } of panels) {
    if (weights.length === 0) throw new RangeError(`Expected weights in "${name}" but found none`);
    for (let index = 0; index < weights.length; index++) {
      const size = Math.abs(weights[index]);
      if (Number.isFinite(size)) furthest = Math.max(furthest, size);
    }
  }
  return furthest === 0 ? 1 : furthest * 1.03;
}

// Written beside the axis and not as its title, which Plotly moves with the width of the tick labels.
function rowHeader(stage: string, y: number): { [attribute: string]: unknown } {
  return {
    text: stage === "" ? "Weights (%)" : `<b>${escapeText(stage)}</b><br>Weights (%)`,
    textangle: -90,
    x: 0,
    xref: "paper",
    xanchor: "right",
    xshift: -36,
    y,
    yref: "paper",
    yanchor: "middle",
    showarrow: false,
    font: { size: THEME.fontSize },
  };
}

function header(
  text: string,
  x: number,
  xanchor: string,
  y: number,
  yanchor: string,
  color: string,
): { [attribute: string]: unknown } {
  return {
    text,
    x,
    xref: "paper",
    xanchor,
    y,
    yref: "paper",
    yanchor,
    showarrow: false,
    font: { size: THEME.smallSize, color },
  };
}

function zeroText(percent: number): string {
  if (percent === 0) return "no zeros";
  return `${percent >= 99.95 ? percent.toFixed(0) : percent.toFixed(1)} % zeros`;
}
