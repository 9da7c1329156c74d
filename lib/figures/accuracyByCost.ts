import type { Figure } from "./figure.js";
import { lineFigure } from "./lineFigure.js";
import type { Method } from "./theme.js";

/** One way of compressing at several strengths. */
export interface CostSeries {
  /** What stands beside its line. */
  name: string;
  /** Its compression method, which sets colour, dash and symbol. Default: the next unused style. */
  method?: Method;
  /** What each model costs, above 0: bytes, microseconds. */
  cost: readonly number[];
  /** Share of samples each classifies right, 0 to 1. */
  accuracy: readonly number[];
}

/** How the lines are drawn. */
export interface AccuracyByCostOptions {
  title?: string;
  /** What it costs, with the unit, for the axis. */
  costName: string;
  /** What kind of accuracy it is, for the axis. Default: `"Test accuracy"`. */
  accuracyName?: string;
  /** Said below the title. */
  note?: string;
  /** Lowest and highest accuracy shown, in percent. Default: from the data. */
  range?: readonly [number, number];
}

/**
 * Draws accuracy against what a model costs, on a logarithmic axis, a line for each way of compressing: up and to the
 * left is better.
 *
 * @throws {RangeError} if there is no series, lengths differ, a cost is not above 0 or an accuracy is outside 0 to 1.
 * @example
 * ```ts
 * show(accuracyByCost([{ name: "CSR", cost: [400, 90], accuracy: [0.89, 0.86] }], { costName: "File (KiB)" }));
 * ```
 */
export function accuracyByCost(series: readonly CostSeries[], options: AccuracyByCostOptions): Figure {
  const { title = "Accuracy against cost", costName, accuracyName = "Test accuracy", note = "" } = options;
  for (const { name, cost, accuracy } of series) {
    const wrong = cost.find((value) => !(value > 0)) ?? accuracy.find((share) => !(share >= 0 && share <= 1));
    if (wrong !== undefined) throw new RangeError(`Expected costs above 0 and accuracies from 0 to 1 for "${name}" but found ${wrong}`);
  }
  // From left to right, so that the label stands at the end that is on the right.
  const lines = series.map(({ cost, accuracy, ...rest }) => {
    const order = cost.map((_, i) => i).sort((a, b) => cost[a] - cost[b]);
    return { ...rest, x: order.map((i) => cost[i]), y: order.map((i) => 100 * accuracy[i]) };
  });
  const costs = lines.flatMap(({ x }) => x);
  const all = lines.flatMap(({ y }) => y);
  const room = Math.max(Math.max(...all) - Math.min(...all), 1) * 0.06;
  return lineFigure(lines, {
    title,
    subtitle: note,
    xTitle: costName,
    yTitle: `${accuracyName} (%)`,
    xRange: [Math.min(...costs) / 1.2, Math.max(...costs) * 1.1],
    yRange: options.range ?? [Math.max(Math.min(...all) - room, 0), Math.min(Math.max(...all) + room, 100.5)],
    logarithmic: { x: true },
    textOf: () => "",
    hovertemplate: "%{x:.3s}: %{y:.2f} %",
  });
}
