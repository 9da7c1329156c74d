import { accuracyLines } from "./accuracyLines.js";
import type { AccuracyLine, AccuracyLinesOptions } from "./accuracyLines.js";
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
  for (const { name, temperature } of series) {
    const wrong = temperature.find((number) => !(number > 0));
    if (wrong !== undefined) throw new RangeError(`Expected temperatures above 0 for "${name}" but found ${wrong}`);
  }
  const ticks = [...new Set(series.flatMap(({ temperature }) => temperature))].sort((a, b) => a - b);
  const lines = series.map(({ temperature, ...line }) => ({ ...line, x: temperature }));
  const range = [ticks[0] / 1.08, ticks[ticks.length - 1] * 1.08] as const;
  const axis = { title: "Temperature", range, ticks, logarithmic: true, hovertemplate: "temperature %{x}: %{y:.2f} %" };
  return accuracyLines(lines, axis, { ...options, title });
}
