import { accuracyLines } from "./accuracyLines.js";
import type { AccuracyLine, AccuracyLinesOptions } from "./accuracyLines.js";
import type { Figure } from "./figure.js";

/** Accuracy after training with several numbers of labelled samples; its name is a way of training. */
export interface LabelsSeries extends Omit<AccuracyLine, "x"> {
  /** Numbers of labelled samples, above 0, rising. */
  labels: readonly number[];
}

/**
 * Draws accuracy against the number of labelled samples, on a logarithmic axis, a line for each way of training.
 *
 * @throws {RangeError} if there is no series, lengths differ, a number of labels is not above 0 or a share is outside 0 to 1.
 * @example
 * ```ts
 * show(accuracyByLabels([{ name: "alone", labels: [500, 5000], accuracy: [0.84, 0.91] }]));
 * ```
 */
export function accuracyByLabels(series: readonly LabelsSeries[], options: AccuracyLinesOptions = {}): Figure {
  const { title = "Accuracy by number of labels" } = options;
  for (const { name, labels } of series) {
    const wrong = labels.find((number) => !(number > 0));
    if (wrong !== undefined) throw new RangeError(`Expected numbers of labels above 0 for "${name}" but found ${wrong}`);
  }
  const ticks = [...new Set(series.flatMap(({ labels }) => labels))].sort((a, b) => a - b);
  const lines = series.map(({ labels, ...line }) => ({ ...line, x: labels }));
  const range = [ticks[0] / 1.15, ticks[ticks.length - 1] * 1.15] as const;
  const axis = { title: "Labelled images", range, ticks, logarithmic: true, hovertemplate: "%{x} labels: %{y:.2f} %" };
  return accuracyLines(lines, axis, { ...options, title });
}
