import { accuracyLines } from "./accuracyLines.js";
import type { AccuracyLine, AccuracyLinesOptions } from "./accuracyLines.js";
import type { Figure } from "./figure.js";

/** The logarithmic axis below the lines. */
interface LogAxis {
  title: string;
  /** What stands on it, for the message where one is wrong. */
  noun: string;
  /** How far the axis goes on beyond the first and the last number, as a factor. */
  margin: number;
  hovertemplate: string;
}

/**
 * Draws accuracies in percent over numbers above 0, on a logarithmic axis that names each of them.
 *
 * @throws {RangeError} if a number is not above 0; and as `accuracyLines`.
 */
export function accuracyOnLogAxis(
  lines: readonly AccuracyLine[],
  { title, noun, margin, hovertemplate }: LogAxis,
  options: AccuracyLinesOptions,
): Figure {
  for (const { name, x } of lines) {
    const wrong = x.find((number) => !(number > 0));
    if (wrong !== undefined) throw new RangeError(`Expected ${noun} above 0 for "${name}" but found ${wrong}`);
  }
  const ticks = [...new Set(lines.flatMap(({ x }) => x))].sort((a, b) => a - b);
  const range = [ticks[0] / margin, ticks[ticks.length - 1] * margin] as const;
  return accuracyLines(lines, { title, range, ticks, logarithmic: true, hovertemplate }, options);
}
