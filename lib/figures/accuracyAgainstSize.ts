import type { Figure, Trace } from "./figure.js";
import { placeLabels, type Obstacle } from "./placeLabels.js";
import { textWidth } from "./textWidth.js";
import { baseAxis, baseLayout, baseMargin, escapeText, markerOf } from "./baseLayout.js";
import { seriesStyles, THEME, type Method } from "./theme.js";

/** One variant of a model. */
export interface SizedModel {
  /** What stands beside its point. */
  name: string;
  /** Its compression method, which sets colour and symbol. Default: the next unused style. */
  method?: Method;
  /** Size of its file in bytes. */
  bytes: number;
  /** Accuracy from 0 to 1. */
  accuracy: number;
  /** Half the length of its error bar, or the lowest and highest accuracy; as shares like `accuracy`. */
  error?: number | readonly [number, number];
}

/** How the points are drawn. */
export interface AccuracyAgainstSizeOptions {
  title?: string;
  /** Lowest and highest accuracy shown, in percent. Default: from the data. */
  range?: readonly [number, number];
  /** What kind of accuracy it is, for the axis. Default: `"Test accuracy"`. */
  accuracyName?: string;
}

const KIB = 1024;
const TICK_STEPS = [[1], [1, 3], [1, 2, 5], [1, 2, 3, 5, 7], [1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]];

/**
 * Draws accuracy against size on disk, each model labelled, with the Pareto front: the best accuracy
 * to be had at each size.
 *
 * @param models at least one; sizes are measured files.
 * @throws {RangeError} if there is no model, a size is not positive, or an accuracy is outside 0 to 1.
 * @example
 * ```ts
 * show(accuracyAgainstSize([
 *   { name: "float", method: "baseline", bytes: 16_276, accuracy: 0.993 },
 *   { name: "QAP", method: "qap", bytes: 3_310, accuracy: 0.991, error: 0.001 },
 * ]));
 * ```
 */
export function accuracyAgainstSize(
  models: readonly SizedModel[],
  options: AccuracyAgainstSizeOptions = {},
): Figure {
  if (models.length === 0) throw new RangeError("Expected at least one model but found none");
  models.forEach(check);
  const { title = "Accuracy against size on disk", accuracyName = "Test accuracy" } = options;
  const subtitle = "Grey line: the best accuracy to be had at each size.";
  const margin = baseMargin(subtitle);
  const width = THEME.width - margin.l - margin.r;
  const height = THEME.height - margin.t - margin.b;
  const styles = seriesStyles(models);
  const bars = models.map(errorBar);
  const sizes = sizeRange(models);
  const range = options.range ?? accuracyRange(bars);
  const left = (bytes: number): number =>
    ((Math.log10(bytes / KIB) - sizes[0]) / (sizes[1] - sizes[0])) * width;
  const top = (percent: number): number => ((range[1] - percent) / (range[1] - range[0])) * height;

  const front = paretoFront(models);
  const obstacles: Obstacle[] = [
    ...front.flatMap(({ bytes, accuracy }, index) => {
      const next = front.at(index + 1);
      const right = next === undefined ? width : left(next.bytes);
      const level = line(left(bytes), top(accuracy * 100), right, top(accuracy * 100));
      return next === undefined
        ? [level]
        : [level, line(right, top(accuracy * 100), right, top(next.accuracy * 100))];
    }),
    ...models.map(({ bytes }, index) =>
      line(left(bytes), top(bars[index][1]), left(bytes), top(bars[index][0])),
    ),
  ];
  const places = placeLabels(
    models.map(({ name, bytes, accuracy }) => ({
      x: left(bytes),
      y: top(accuracy * 100),
      width: textWidth(name, THEME.labelSize) + 4,
      height: THEME.labelSize + 3,
    })),
    { left: 2, top: 2, right: width + margin.r - 4, bottom: height - 2 },
    obstacles,
  );

  return {
    data: [frontTrace(front, 10 ** sizes[1]), ...models.map(pointTrace)],
    layout: baseLayout(title, subtitle, {
      xaxis: baseAxis("Size on disk (KiB, log scale)", { type: "log", range: sizes, ...sizeTicks(sizes) }),
      yaxis: baseAxis(`${accuracyName} (%)`, { range: [...range] }),
      annotations: models.map(({ name, bytes, accuracy }, index) => ({
        text: escapeText(name),
        x: Math.log10(bytes / KIB),
        y: accuracy * 100,
        xanchor: "center",
        yanchor: "middle",
        borderpad: 0,
        font: { color: styles[index].textColor, size: THEME.labelSize },
        ...placed(places[index]),
      })),
    }),
  };

  function pointTrace({ name, bytes, accuracy, error }: SizedModel, index: number): Trace {
    const { color } = styles[index];
    const [low, high] = bars[index];
    const trace: Trace = {
      type: "scatter",
      mode: "markers",
      name: escapeText(name),
      x: [bytes / KIB],
      y: [accuracy * 100],
      marker: markerOf(styles[index], 11),
      cliponaxis: false,
      hovertemplate: `%{x:,.2f} KiB (${bytes.toLocaleString("en-US")} bytes), %{y:.2f} %`,
    };
    if (error !== undefined) {
      trace.error_y = {
        type: "data",
        symmetric: false,
        array: [high - accuracy * 100],
        arrayminus: [accuracy * 100 - low],
        color,
        thickness: 1.5,
        width: 5,
      };
    }
    return trace;
  }
}

function placed({ dx, dy, leader }: { dx: number; dy: number; leader: boolean }): {
  [attribute: string]: unknown;
} {
  if (!leader) return { showarrow: false, xshift: round(dx), yshift: round(-dy) };
  return {
    showarrow: true,
    ax: round(dx),
    ay: round(dy),
    arrowhead: 0,
    arrowwidth: 1,
    arrowcolor: "#888888",
    standoff: 7,
  };
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

function line(x0: number, y0: number, x1: number, y1: number): Obstacle {
  return {
    left: Math.min(x0, x1) - 3,
    top: Math.min(y0, y1) - 3,
    right: Math.max(x0, x1) + 3,
    bottom: Math.max(y0, y1) + 3,
  };
}

function paretoFront(models: readonly SizedModel[]): SizedModel[] {
  const rising = [...models].sort((a, b) => a.bytes - b.bytes || b.accuracy - a.accuracy);
  let best = Number.NEGATIVE_INFINITY;
  return rising.filter(({ accuracy }) => {
    if (accuracy <= best) return false;
    best = accuracy;
    return true;
  });
}

function frontTrace(front: readonly SizedModel[], end: number): Trace {
  return {
    type: "scatter",
    mode: "lines",
    name: "best at each size",
    x: [...front.map(({ bytes }) => bytes / KIB), end],
    y: [...front.map(({ accuracy }) => accuracy * 100), front.at(-1)!.accuracy * 100],
    line: { color: "#bbbbbb", width: 2, shape: "hv" },
    hoverinfo: "skip",
  };
}

// Both ends as log10 of KiB, with room for labels.
function sizeRange(models: readonly SizedModel[]): [number, number] {
  const logs = models.map(({ bytes }) => Math.log10(bytes / KIB));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const room = Math.max((high - low) * 0.12, 0.12);
  return [low - room, high + room];
}

function sizeTicks([low, high]: [number, number]): { tickvals: number[]; ticktext: string[] } {
  let values: number[] = [];
  for (const steps of TICK_STEPS) {
    values = [];
    for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
      for (const step of steps) {
        const value = step * 10 ** power;
        if (Math.log10(value) >= low && Math.log10(value) <= high) values.push(Number(value.toPrecision(3)));
      }
    }
    if (values.length >= 4) break;
  }
  return {
    tickvals: values,
    ticktext: values.map((value) => value.toLocaleString("en-US", { maximumFractionDigits: 4 })),
  };
}

function errorBar({ accuracy, error = 0 }: SizedModel): [number, number] {
  const [low, high] = typeof error === "number" ? [accuracy - error, accuracy + error] : error;
  return [low * 100, high * 100];
}

function accuracyRange(bars: readonly (readonly [number, number])[]): [number, number] {
  const [low, high] = [Math.min(...bars.map(([end]) => end)), Math.max(...bars.map(([, end]) => end))];
  const room = Math.max((high - low) * 0.15, 0.2);
  return [low - room, high + room];
}

function check({ name, bytes, accuracy }: SizedModel): void {
  if (!(bytes > 0 && Number.isFinite(bytes))) {
    throw new RangeError(`Expected bytes of "${name}" to be more than 0 but found ${bytes}`);
  }
  if (!(accuracy >= 0 && accuracy <= 1)) {
    throw new RangeError(`Expected accuracy of "${name}" as a share from 0 to 1 but found ${accuracy}`);
  }
}
