import { accuracyLines } from "./accuracyLines.js";
import type { AccuracyLine, AccuracyLinesOptions } from "./accuracyLines.js";
import type { Figure } from "./figure.js";

/** Accuracy of a model, or with one layer quantized, at several numbers of bits; its name is a method, or a layer. */
export interface BitsSeries extends Omit<AccuracyLine, "x"> {
  /** Numbers of bits, above 0, rising. */
  bits: readonly number[];
}

/** How the lines are drawn. */
export interface AccuracyByBitsOptions extends AccuracyLinesOptions {
  /** What has so many bits. Default: `"Bits of a weight"`. */
  bitsName?: string;
}

/**
 * Draws accuracy against the number of bits, a line for each way of quantizing.
 *
 * @throws {RangeError} if there is no series, lengths differ, a number of bits is not above 0 or a share is outside 0 to 1.
 * @example
 * ```ts
 * const series = [{ name: "PTQ", bits: [2, 4, 8], accuracy: [0.3, 0.87, 0.89] }];
 * show(accuracyByBits(series, { baseline: { name: "float", accuracy: 0.89 } }));
 * ```
 */
export function accuracyByBits(series: readonly BitsSeries[], options: AccuracyByBitsOptions = {}): Figure {
  const { title = "Accuracy by bits", bitsName = "Bits of a weight" } = options;
  for (const { name, bits } of series) {
    const wrong = bits.find((number) => !(number > 0));
    if (wrong !== undefined) throw new RangeError(`Expected bits above 0 for "${name}" but found ${wrong}`);
  }
  const all = series.flatMap(({ bits }) => bits);
  const [fewest, most] = [Math.min(...all), Math.max(...all)];
  const room = Math.max(most - fewest, 1) * 0.04;
  const lines = series.map(({ bits, ...line }) => ({ ...line, x: bits }));
  const axis = { title: bitsName, range: [fewest - room, most + room] as const, hovertemplate: "%{x} bits: %{y:.2f} %" };
  return accuracyLines(lines, axis, { ...options, title });
}
