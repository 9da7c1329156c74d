import type { Figure } from "./figure.js";
import { lineFigure } from "./lineFigure.js";
import type { Method } from "./theme.js";

/** How long something takes at several sparsities. */
export interface LatencySeries {
  /** What stands beside its line: a storage format. */
  name: string;
  /** Its compression method, which sets colour, dash and symbol. Default: the next unused style. */
  method?: Method;
  /** Shares of zeros from 0 to 1, rising. */
  sparsity: readonly number[];
  /** Microseconds at each of them. */
  microseconds: readonly number[];
}

/** How the lines are drawn. */
export interface LatencyBySparsityOptions {
  title?: string;
  /** Said below the title, for example the shape of the layer. */
  note?: string;
}

/**
 * Draws latency against the share of zeros, a line for each storage format, on a logarithmic axis: where a line
 * crosses that of the dense kernel, sparsity begins to pay.
 *
 * @throws {RangeError} if there is no series, lengths differ, or a latency is not above 0.
 * @example
 * ```ts
 * show(latencyBySparsity([{ name: "CSR", sparsity: [0.5, 0.9], microseconds: [80, 17] }]));
 * ```
 */
export function latencyBySparsity(series: readonly LatencySeries[], options: LatencyBySparsityOptions = {}): Figure {
  const all = series.flatMap(({ microseconds }) => microseconds);
  const wrong = all.find((value) => !(value > 0));
  if (wrong !== undefined) throw new RangeError(`Expected latencies above 0 but found ${wrong}`);
  return lineFigure(
    series.map(({ sparsity, microseconds, ...rest }) => ({ ...rest, x: sparsity.map((share) => 100 * share), y: microseconds })),
    {
      title: options.title ?? "Latency by sparsity",
      subtitle: options.note ?? "",
      xTitle: "Zero weights (%)",
      yTitle: "Latency (µs)",
      xRange: [0, 100],
      yRange: [Math.min(...all) / 1.3, Math.max(...all) * 1.3],
      logarithmic: { y: true },
      textOf: (value) => `${value.toPrecision(2)} µs`,
      hovertemplate: "%{x:.1f} % zeros: %{y:.1f} µs",
    },
  );
}
