import type { AccuracyLine, AccuracyLinesOptions } from "./accuracyLines.js";
import { accuracyOnLogAxis } from "./accuracyOnLogAxis.js";
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
  const lines = series.map(({ labels, ...line }) => ({ ...line, x: labels }));
  const axis = { title: "Labelled images", noun: "numbers of labels", margin: 1.15, hovertemplate: "%{x} labels: %{y:.2f} %" };
  return accuracyOnLogAxis(lines, axis, { ...options, title });
}
