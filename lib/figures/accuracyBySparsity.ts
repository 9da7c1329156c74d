import { accuracyLines } from "./accuracyLines.js";
import type { AccuracyLine, AccuracyLinesOptions } from "./accuracyLines.js";
import type { Figure } from "./figure.js";

/** Accuracy of a model, or with one layer pruned, at several sparsities; its name is a criterion, or a layer. */
export interface AccuracySeries extends Omit<AccuracyLine, "x"> {
  /** Shares of zeros from 0 to 1, rising. */
  sparsity: readonly number[];
}

/** How the lines are drawn. */
export interface AccuracyBySparsityOptions extends AccuracyLinesOptions {
  /** What is sparse. Default: `"Zero weights"`. */
  sparsityName?: string;
}

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
  const { title = "Accuracy by sparsity", sparsityName = "Zero weights" } = options;
  for (const { name, sparsity } of series) {
    const wrong = sparsity.find((share) => !(share >= 0 && share <= 1));
    if (wrong !== undefined) throw new RangeError(`Expected shares from 0 to 1 for "${name}" but found ${wrong}`);
  }
  const lines = series.map(({ sparsity, ...line }) => ({ ...line, x: sparsity.map((share) => 100 * share) }));
  const axis = { title: `${sparsityName} (%)`, range: [0, 100] as const, hovertemplate: "%{x:.1f} % zeros: %{y:.2f} %" };
  return accuracyLines(lines, axis, { ...options, title });
}
