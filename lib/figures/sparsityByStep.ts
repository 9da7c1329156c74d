import { endLabels } from "./endLabels.js";
import type { Figure } from "./figure.js";
import { levelLine } from "./lineFigure.js";
import { baseAxis, baseLayout, baseMargin, escapeText, markerOf } from "./baseLayout.js";
import { seriesStyles, type Method } from "./theme.js";

/** Sparsity of a model, or of one layer, over a training. */
export interface SparsitySeries {
  /** What stands beside its line. */
  name: string;
  /** Its compression method, which sets colour, dash and symbol. Default: the next unused style. */
  method?: Method;
  /** Training steps at which the sparsity was measured, rising. */
  step: ArrayLike<number>;
  /** Share of zero weights from 0 to 1 at each of these steps. */
  sparsity: ArrayLike<number>;
}

/** How the lines are drawn. */
export interface SparsityByStepOptions {
  title?: string;
  /** Sparsity that was asked for, from 0 to 1; drawn as a thin line. */
  target?: number;
}

/**
 * Draws the share of zero weights by training step, as steps: it stays between two mask updates.
 *
 * @param series for example the weights as trained and the weights after quantizing, which rounds
 *   small ones to zero as well.
 * @throws {RangeError} if there is no series, lengths differ, or a sparsity is outside 0 to 1.
 * @example
 * ```ts
 * show(sparsityByStep([{ name: "mask", method: "pruned", step: [0, 100, 200], sparsity: [0, 0.1, 0.2] }], { target: 0.2 }));
 * ```
 */
export function sparsityByStep(
  series: readonly SparsitySeries[],
  options: SparsityByStepOptions = {},
): Figure {
  if (series.length === 0) throw new RangeError("Expected at least one series but found none");
  series.forEach(check);
  const { title = "Sparsity by training step", target } = options;
  const styles = seriesStyles(series);
  const percent = series.map(({ sparsity }) => Array.from(sparsity, (share) => share * 100));
  const highest = Math.max(...percent.flat(), (target ?? 0) * 100, 1);
  const range: [number, number] = [0, Math.min(highest * 1.1, 101)];
  const lastStep = Math.max(...series.map(({ step }) => step[step.length - 1]), 1);

  const ends = series.map(({ name }, index) => {
    const value = percent[index].at(-1)!;
    return { value, text: `${name}: ${value.toFixed(1)} %`, style: styles[index] };
  });
  const subtitle =
    target === undefined ? "" : `Thin line: the sparsity asked for, ${Number((target * 100).toFixed(2))} %.`;
  const labels = endLabels(ends, range, baseMargin(subtitle));
  return {
    data: [
      ...series.map(({ name, step }, index) => ({
        type: "scatter",
        mode: "lines+markers",
        name: escapeText(name),
        x: Array.from(step),
        y: percent[index],
        line: { color: styles[index].color, dash: styles[index].dash, width: 2.4, shape: "hv" },
        marker: { ...markerOf(styles[index], 8), maxdisplayed: 8 },
        cliponaxis: false,
        hovertemplate: "step %{x}: %{y:.2f} %",
      })),
      ...labels.data,
    ],
    layout: baseLayout(title, subtitle, {
      xaxis: baseAxis("Training step", { domain: labels.domain, range: [0, lastStep], tickformat: ",d" }),
      ...labels.axes,
      yaxis: baseAxis("Zero weights (%)", { range }),
      annotations: labels.annotations,
      shapes: target === undefined ? [] : [levelLine(target * 100)],
    }),
  };
}

function check({ name, step, sparsity }: SparsitySeries): void {
  if (step.length !== sparsity.length || step.length === 0) {
    throw new RangeError(
      `Expected "${name}" to have one sparsity a step but found ${step.length} steps and ${sparsity.length} values`,
    );
  }
  for (let index = 0; index < sparsity.length; index++) {
    if (!(sparsity[index] >= 0 && sparsity[index] <= 1)) {
      throw new RangeError(`Expected sparsity of "${name}" from 0 to 1 but found ${sparsity[index]}`);
    }
  }
}
