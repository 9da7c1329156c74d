import type { Figure } from "./figure.js";
import { lineFigure } from "./lineFigure.js";
import type { Method } from "./theme.js";

/** Accuracy of a model, or with one layer pruned, at several sparsities. */
export interface AccuracySeries {
  /** What stands beside its line: a criterion, or a layer. */
  name: string;
  /** Its compression method, which sets colour, dash and symbol. Default: the next unused style. */
  method?: Method;
  /** Shares of zeros from 0 to 1, rising. */
  sparsity: readonly number[];
  /** Share of samples classified right at each of them, 0 to 1. */
  accuracy: readonly number[];
  /** Lowest and highest accuracy at each of them, over several seeds; drawn as bars. */
  low?: readonly number[];
  high?: readonly number[];
}

/** How the lines are drawn. */
export interface AccuracyBySparsityOptions {
  title?: string;
  /** What was measured on. Default: `"Test accuracy"`. */
  accuracyName?: string;
  /** What is sparse. Default: `"Zero weights"`. */
  sparsityName?: string;
  /** The model that is not pruned, a thin line. */
  baseline?: { name: string; accuracy: number };
  /** Said below the title, for example how long was trained after pruning. */
  note?: string;
  /** Lowest and highest accuracy shown, in percent. Default: from the data. */
  range?: readonly [number, number];
}

const toPercent = (shares: readonly number[]): number[] => shares.map((share) => 100 * share);

/**
 * Draws accuracy against the share of zeros, a line for each way of pruning.
 *
 * @throws {RangeError} if there is no series, lengths differ, or a share is outside 0 to 1.
 * @example
 * ```ts
 * const series = [{ name: "magnitude", sparsity: [0.5, 0.9], accuracy: [0.89, 0.85] }];
 * show(accuracyBySparsity(series, { baseline: { name: "dense", accuracy: 0.89 } }));
 * ```
 */
export function accuracyBySparsity(series: readonly AccuracySeries[], options: AccuracyBySparsityOptions = {}): Figure {
  const { title = "Accuracy by sparsity", accuracyName = "Test accuracy", sparsityName = "Zero weights", baseline, note } = options;
  for (const { name, sparsity, accuracy, low = accuracy, high = accuracy } of series) {
    const wrong = [...sparsity, ...accuracy, ...low, ...high].find((share) => !(share >= 0 && share <= 1));
    if (wrong !== undefined) throw new RangeError(`Expected shares from 0 to 1 for "${name}" but found ${wrong}`);
    if (low.length !== accuracy.length || high.length !== accuracy.length) {
      throw new RangeError(`Expected "${name}" to have a lowest and a highest accuracy for each of ${accuracy.length} points`);
    }
  }
  const all = series.flatMap(({ accuracy, low = [], high = [] }) => [...accuracy, ...low, ...high]).concat(baseline ? [baseline.accuracy] : []).map((share) => 100 * share);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const room = Math.max(high - low, 1) * 0.06;
  const said = baseline && `Thin line: ${baseline.name}, ${(100 * baseline.accuracy).toFixed(1)} %.`;
  return lineFigure(
    series.map(({ name, method, sparsity, accuracy, low, high }) => ({
      name,
      ...(method && { method }),
      x: toPercent(sparsity),
      y: toPercent(accuracy),
      ...(low && high && { low: toPercent(low), high: toPercent(high) }),
    })),
    {
      title,
      subtitle: [said, note].filter((text) => text !== undefined).join(" "),
      xTitle: `${sparsityName} (%)`,
      yTitle: `${accuracyName} (%)`,
      xRange: [0, 100],
      yRange: options.range ?? [Math.max(low - room, 0), Math.min(high + room, 100.5)],
      textOf: (percent) => `${percent.toFixed(1)} %`,
      hovertemplate: "%{x:.1f} % zeros: %{y:.2f} %",
      reference: baseline && 100 * baseline.accuracy,
    },
  );
}
