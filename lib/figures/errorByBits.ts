import type { Figure } from "./figure.js";
import { lineFigure } from "./lineFigure.js";
import type { Method } from "./theme.js";

/** Errors of one way of quantizing at several numbers of bits. */
export interface ErrorSeries {
  /** What stands beside its line. */
  name: string;
  /** Its compression method, which sets colour, dash and symbol. Default: the next unused style. */
  method?: Method;
  bits: readonly number[];
  /** Error at each number of bits, above 0. */
  error: readonly number[];
}

/** How the lines are drawn. */
export interface ErrorByBitsOptions {
  title?: string;
  /** What kind of error it is, for the axis. Default: `"Error (root mean square)"`. */
  errorName?: string;
  /** Said below the title. */
  note?: string;
}

/**
 * Draws errors of quantizing against bits, on a logarithmic axis, a line for each way of choosing the grid: one bit more
 * halves the error where nothing is clipped.
 *
 * @throws {RangeError} if there is no series, lengths differ, or a number of bits or an error is not above 0.
 * @example
 * ```ts
 * show(errorByBits([{ name: "min-max", bits: [2, 4, 8], error: [0.3, 0.07, 0.004] }]));
 * ```
 */
export function errorByBits(series: readonly ErrorSeries[], options: ErrorByBitsOptions = {}): Figure {
  const { title = "Error by number of bits", errorName = "Error (root mean square)", note = "" } = options;
  for (const { name, bits, error } of series) {
    const wrong = [...bits, ...error].find((value) => !(value > 0 && value < Infinity));
    if (wrong !== undefined) throw new RangeError(`Expected bits and errors above 0 for "${name}" but found ${wrong}`);
  }
  // From few bits to many, so that the label stands at the end that is on the right.
  const lines = series.map(({ bits, error, ...rest }) => {
    const order = bits.map((_, i) => i).sort((a, b) => bits[a] - bits[b]);
    return { ...rest, x: order.map((i) => bits[i]), y: order.map((i) => error[i]) };
  });
  const [bits, errors] = [lines.flatMap(({ x }) => x), lines.flatMap(({ y }) => y)];
  return lineFigure(lines, {
    title,
    subtitle: note,
    xTitle: "Bits",
    yTitle: errorName,
    xRange: [Math.min(...bits) - 0.3, Math.max(...bits) + 0.3],
    yRange: [Math.min(...errors) / 1.5, Math.max(...errors) * 1.5],
    logarithmic: { y: true },
    textOf: () => "",
    hovertemplate: "%{x} bits: %{y:.3~g}",
  });
}
