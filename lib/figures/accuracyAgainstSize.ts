import type { Figure, Trace } from "./figure.js";
import { paretoFront } from "./paretoFront.js";
import { placeLabels, type LabelledPoint, type LabelPlace, type Obstacle } from "./placeLabels.js";
import { placeSpareLabels } from "./placeSpareLabels.js";
import { pointName, sweepKey, sweepTrace, type SizedSweepPoint } from "./sweepMarks.js";
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
  /**
   * Further variants, too many to label each: drawn small, coloured by their bits, labelled on the Pareto
   * front where there is room. Those whose accuracy is NaN are left out. Default: none.
   */
  sweep?: readonly SizedSweepPoint[];
}

const KIB = 1024;
const KEY_HEIGHT = 20; // pixels
const MARKER = 14; // side of the square that labels keep clear of around a model
const DOT = 8; // and around a point of a sweep
const TICK_STEPS = [[1], [1, 3], [1, 2, 5], [1, 2, 3, 5, 7], [1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]];

/**
 * Draws accuracy against size on disk, each model labelled, with the Pareto front: the best accuracy
 * to be had at each size.
 *
 * @param models at least one, or none beside a sweep; sizes are measured files.
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
  const { title = "Accuracy against size on disk", accuracyName = "Test accuracy" } = options;
  const sweep = (options.sweep ?? []).filter(({ accuracy }) => !Number.isNaN(accuracy));
  if (models.length + sweep.length === 0) throw new RangeError("Expected at least one model but found none");
  models.forEach(check);
  sweep.forEach((point) => check({ ...point, name: pointName(point) }));
  const styles = seriesStyles(models);
  const bars = models.map(errorBar);
  const swept = sweep.length > 0;
  const sizes = sizeRange([...models, ...sweep], swept ? 0.2 : 0.12);
  const range = options.range ?? accuracyRange([...bars, ...sweep.map(errorBar)]);
  const inside = sweep.filter(({ accuracy }) => accuracy * 100 >= range[0] && accuracy * 100 <= range[1]);
  const subtitle = subtitleOf(sweep.length, inside.length);
  const margin = baseMargin(subtitle);
  if (swept) margin.t += KEY_HEIGHT;
  const width = THEME.width - margin.l - margin.r;
  const height = THEME.height - baseMargin(subtitle).t - margin.b;
  const left = (bytes: number): number =>
    ((Math.log10(bytes / KIB) - sizes[0]) / (sizes[1] - sizes[0])) * width;
  const top = (percent: number): number => ((range[1] - percent) / (range[1] - range[0])) * height;

  const front = paretoFront<SizedModel | SizedSweepPoint>([...models, ...sweep]);
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
  const pointAt = (name: string, { bytes, accuracy }: SizedModel | SizedSweepPoint): LabelledPoint => ({
    x: left(bytes),
    y: top(accuracy * 100),
    width: textWidth(name, THEME.labelSize) + 4,
    height: THEME.labelSize + 3,
  });
  const bounds = { left: 2, top: 2, right: width + margin.r - 4, bottom: height - 2 };
  const points = models.map((model) => pointAt(model.name, model));
  const dots = inside.map((point) => square(pointAt("", point), DOT));
  const places = placeLabels(points, bounds, [...obstacles, ...dots]);

  const visible = new Set<object>(inside);
  const frontDots = byGain(front).filter((point): point is SizedSweepPoint => visible.has(point));
  const spare = placeSpareLabels(
    frontDots.map((point) => pointAt(pointName(point), point)),
    bounds,
    [
      ...obstacles,
      ...dots,
      ...points.map((point) => square(point, MARKER)),
      ...points.map(({ x, y, width, height }, index) => {
        const [centreX, centreY] = [x + places[index].dx, y + places[index].dy];
        return line(centreX - width / 2, centreY - height / 2, centreX + width / 2, centreY + height / 2);
      }),
    ],
  );
  const key = swept ? sweepKey(sweep, margin) : { shapes: [], annotations: [] };

  return {
    data: [
      frontTrace(front, 10 ** sizes[1]),
      ...(swept ? [sweepTrace(sweep, new Set(frontDots))] : []),
      ...models.map(pointTrace),
    ],
    layout: baseLayout(title, subtitle, {
      ...(swept && { height: THEME.height + KEY_HEIGHT, shapes: key.shapes }),
      margin,
      xaxis: baseAxis("Size on disk (KiB, log scale)", { type: "log", range: sizes, ...sizeTicks(sizes) }),
      yaxis: baseAxis(`${accuracyName} (%)`, { range: [...range] }),
      annotations: [
        ...models.map((model, index) => label(model.name, model, styles[index].textColor, places[index])),
        ...frontDots.flatMap((point, index) => {
          const place = spare[index];
          return place === null ? [] : [label(pointName(point), point, THEME.ink, place)];
        }),
        ...key.annotations,
      ],
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

function label(
  name: string,
  { bytes, accuracy }: { bytes: number; accuracy: number },
  color: string,
  place: LabelPlace,
): { [attribute: string]: unknown } {
  return {
    text: escapeText(name),
    x: Math.log10(bytes / KIB),
    y: accuracy * 100,
    xanchor: "center",
    yanchor: "middle",
    borderpad: 0,
    font: { color, size: THEME.labelSize },
    ...placed(place),
  };
}

function placed({ dx, dy, leader }: LabelPlace): {
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

function square({ x, y }: LabelledPoint, side: number): Obstacle {
  return { left: x - side / 2, top: y - side / 2, right: x + side / 2, bottom: y + side / 2 };
}

// The steps of a front, those first that raise the accuracy most.
function byGain<Model extends { accuracy: number }>(front: readonly Model[]): Model[] {
  const gains = new Map(
    front.map((model, index) => [model, index === 0 ? Infinity : model.accuracy - front[index - 1].accuracy]),
  );
  return [...front].sort((a, b) => gains.get(b)! - gains.get(a)!);
}

function subtitleOf(swept: number, inside: number): string {
  const notes = ["Grey line: the best accuracy to be had at each size."];
  if (swept > 0) notes.push("Beside it: bits and sparsity.");
  if (inside < swept) notes.push(`${swept - inside} of ${swept} points lie outside.`);
  return notes.join(" ");
}

function frontTrace(front: readonly { bytes: number; accuracy: number }[], end: number): Trace {
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

// Both ends as log10 of KiB, with room for labels; at the left more of it, as a share of the distance.
function sizeRange(models: readonly { bytes: number }[], leftRoom: number): [number, number] {
  const logs = models.map(({ bytes }) => Math.log10(bytes / KIB));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const [before, behind] = [leftRoom, 0.12].map((share) => Math.max((high - low) * share, 0.12));
  return [low - before, high + behind];
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

function errorBar({ accuracy, error = 0 }: Pick<SizedModel, "accuracy" | "error">): [number, number] {
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
