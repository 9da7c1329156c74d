import type { AccuracyLine, AccuracyLinesOptions } from "./accuracyLines.js";
import { accuracyOnLogAxis } from "./accuracyOnLogAxis.js";
import type { Figure } from "./figure.js";

/** Accuracy of students that were distilled at several temperatures. */
export interface TemperatureSeries extends Omit<AccuracyLine, "x"> {
  /** Temperatures, above 0, rising. */
  temperature: readonly number[];
}

/**
 * Draws accuracy against the temperature of distillation, on a logarithmic axis, a line for each number of labels or share
 * of the labels.
 *
 * @throws {RangeError} if there is no series, lengths differ, a temperature is not above 0 or a share is outside 0 to 1.
 * @example
 * ```ts
 * show(accuracyByTemperature([{ name: "500 labels", temperature: [1, 4], accuracy: [0.843, 0.853] }]));
 * ```
 */
export function accuracyByTemperature(series: readonly TemperatureSeries[], options: AccuracyLinesOptions = {}): Figure {
  const { title = "Accuracy by temperature" } = options;
  const lines = series.map(({ temperature, ...line }) => ({ ...line, x: temperature }));
  const axis = { title: "Temperature", noun: "temperatures", margin: 1.08, hovertemplate: "temperature %{x}: %{y:.2f} %" };
  return accuracyOnLogAxis(lines, axis, { ...options, title });
}
