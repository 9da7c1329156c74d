import type { Figure } from "./figure.js";
import { lineFigure } from "./lineFigure.js";
import type { Method } from "./theme.js";

/** Accuracy at several settings. */
export interface AccuracyLine {
  /** What stands beside its line. */
  name: string;
  /** Its compression method, which sets colour, dash and symbol. Default: the next unused style. */
  method?: Method;
  x: readonly number[];
  /** Share of samples classified right at each of them, 0 to 1. */
  accuracy: readonly number[];
  /** Lowest and highest accuracy at each of them, over several seeds; drawn as bars. */
  low?: readonly number[];
  high?: readonly number[];
}

/** What all lines of accuracies can be told. */
export interface AccuracyLinesOptions {
  title?: string;
  /** What was measured on. Default: `"Test accuracy"`. */
  accuracyName?: string;
  /** The model that is not compressed, a thin line. */
  baseline?: { name: string; accuracy: number };
  /** Said below the title, for example how long was trained. */
  note?: string;
  /** Lowest and highest accuracy shown, in percent. Default: from the data. */
  range?: readonly [number, number];
}

/** The axis below the lines. */
interface AccuracyAxis {
  title: string;
  range: readonly [number, number];
  /** Default false. */
  logarithmic?: boolean;
  /** Where the axis has its numbers. Default: where Plotly puts them. */
  ticks?: readonly number[];
  hovertemplate: string;
}

const toPercent = (shares: readonly number[]): number[] => shares.map((share) => 100 * share);

/**
 * Draws accuracies in percent over something else, a line for each way of compressing.
 *
 * @throws {RangeError} if there is no line, lengths differ, or a share is outside 0 to 1.
 */
export function accuracyLines(lines: readonly AccuracyLine[], axis: AccuracyAxis, options: AccuracyLinesOptions): Figure {
  const { title = "Accuracy", accuracyName = "Test accuracy", baseline, note } = options;
  for (const { name, accuracy, low = accuracy, high = accuracy } of lines) {
    const wrong = [...accuracy, ...low, ...high].find((share) => !(share >= 0 && share <= 1));
    if (wrong !== undefined) throw new RangeError(`Expected shares from 0 to 1 for "${name}" but found ${wrong}`);
    if (low.length !== accuracy.length || high.length !== accuracy.length) {
      throw new RangeError(`Expected "${name}" to have a lowest and a highest accuracy for each of ${accuracy.length} points`);
    }
  }
  const shares = lines.flatMap(({ accuracy, low = [], high = [] }) => [...accuracy, ...low, ...high]);
  const all = toPercent(baseline ? [...shares, baseline.accuracy] : shares);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const room = Math.max(high - low, 1) * 0.06;
  const said = baseline && `Thin line: ${baseline.name}, ${(100 * baseline.accuracy).toFixed(1)} %.`;
  return lineFigure(
    lines.map(({ accuracy, low, high, ...line }) => ({
      ...line,
      y: toPercent(accuracy),
      ...(low && high && { low: toPercent(low), high: toPercent(high) }),
    })),
    {
      title,
      subtitle: [said, note].filter((text) => text !== undefined).join(" "),
      xTitle: axis.title,
      yTitle: `${accuracyName} (%)`,
      xRange: axis.range,
      xTicks: axis.ticks,
      logarithmic: { x: axis.logarithmic },
      yRange: options.range ?? [Math.max(low - room, 0), Math.min(high + room, 100.5)],
      textOf: (percent) => `${percent.toFixed(1)} %`,
      hovertemplate: axis.hovertemplate,
      reference: baseline && 100 * baseline.accuracy,
    },
  );
}
