import { endLabels } from "./endLabels.js";
import type { Figure, Trace } from "./figure.js";
import { baseAxis, baseLayout, baseMargin, escapeText, markerOf } from "./baseLayout.js";
import { seriesStyles, type Method } from "./theme.js";

/** A training history as tfjs's `fit` returns it: epochs counted from 0, and a number an epoch for each metric. */
export interface TrainingHistory {
  readonly epoch: readonly number[];
  readonly history: { readonly [metric: string]: readonly unknown[] };
}

/** One training to draw. */
export interface TrainingRun {
  /** What stands beside its curve. */
  name: string;
  /** Its compression method, which sets colour, dash and symbol. Default: the next unused style. */
  method?: Method;
  history: TrainingHistory;
}

/** How the curves are drawn. */
export interface AccuracyByEpochOptions {
  title?: string;
  /** Name of the metric in the history, without `val_`. Default: `acc` or `accuracy`, whichever is there. */
  metric?: string;
  /** Lowest and highest accuracy shown, in percent. Default: from the data. */
  range?: readonly [number, number];
  /** What the `val_` curves were measured on. Default: `"validation"`. */
  validationName?: string;
}

interface Curve {
  epochs: number[];
  training: number[] | null;
  validation: number[] | null;
}

/**
 * Draws accuracy by epoch for several trainings, each labelled at the end of its curve.
 *
 * Where a history has validation accuracy, that is the strong curve and training accuracy a thin
 * pale one beside it.
 *
 * @param runs one or more trainings.
 * @throws {RangeError} if there is no run, or a run's history lacks the metric.
 * @throws {TypeError} if a metric's values are not numbers.
 * @example
 * ```ts
 * show(accuracyByEpoch([
 *   { name: "float", method: "baseline", history: floatHistory },
 *   { name: "8 bit", method: "quantized", history: qatHistory },
 * ]));
 * ```
 */
export function accuracyByEpoch(runs: readonly TrainingRun[], options: AccuracyByEpochOptions = {}): Figure {
  if (runs.length === 0) throw new RangeError("Expected at least one run but found none");
  const { title = "Accuracy by epoch", validationName = "validation" } = options;
  const curves = runs.map((run) => curveOf(run, options.metric));
  const validated = curves.some(({ validation }) => validation !== null);
  const range = options.range ?? rangeOf(curves);
  const styles = seriesStyles(runs);

  const data = runs.flatMap(({ name }, index): Trace[] => {
    const { epochs, training, validation } = curves[index];
    const { color, dash } = styles[index];
    const traces: Trace[] = [];
    if (validation !== null && training !== null) {
      traces.push({
        type: "scatter",
        mode: "lines",
        name: `${escapeText(name)}, training`,
        x: epochs,
        y: training,
        line: { color, width: 1.2 },
        opacity: 0.5,
        hovertemplate: "epoch %{x}: %{y:.2f} %",
      });
    }
    traces.push({
      type: "scatter",
      mode: epochs.length > 1 ? "lines+markers" : "markers",
      name: escapeText(name) + (validation === null ? "" : `, ${escapeText(validationName)}`),
      x: epochs,
      y: validation ?? training,
      line: { color, dash, width: 2.4 },
      marker: { ...markerOf(styles[index], 8), maxdisplayed: 8 },
      cliponaxis: false,
      hovertemplate: "epoch %{x}: %{y:.2f} %",
    });
    return traces;
  });

  const ends = runs.map(({ name }, index) => {
    const { validation, training } = curves[index];
    const value = (validation ?? training!).at(-1)!;
    return { value, text: `${name}: ${value.toFixed(1)} %`, style: styles[index] };
  });
  const subtitle = validated ? `Strong curves: ${escapeText(validationName)}. Thin, pale curves: training.` : "";
  const labels = endLabels(ends, range, baseMargin(subtitle));
  const lastEpoch = Math.max(...curves.map(({ epochs }) => epochs.at(-1)!));
  return {
    data: [...data, ...labels.data],
    layout: baseLayout(title, subtitle, {
      xaxis: baseAxis("Epoch", {
        domain: labels.domain,
        range: [0, lastEpoch],
        tickformat: "d",
        nticks: Math.min(10, lastEpoch + 1),
      }),
      ...labels.axes,
      yaxis: baseAxis("Accuracy (%)", { range: [...range] }),
      annotations: labels.annotations,
    }),
  };
}

function curveOf({ name, history }: TrainingRun, metric: string | undefined): Curve {
  const names =
    metric === undefined ? ["acc", "accuracy", "categoricalAccuracy", "binaryAccuracy"] : [metric];
  const found = names.find((key) => key in history.history || `val_${key}` in history.history);
  if (found === undefined) {
    throw new RangeError(
      `Expected the history of "${name}" to have ${names.join(" or ")} but found ` +
        `${Object.keys(history.history).join(", ") || "no metric"}; compile the model with metrics: ["accuracy"]`,
    );
  }
  const training = percent(history.history[found], name, found);
  const validation = percent(history.history[`val_${found}`], name, `val_${found}`);
  return { epochs: history.epoch.map((epoch) => epoch + 1), training, validation };
}

function percent(values: readonly unknown[] | undefined, name: string, metric: string): number[] | null {
  if (values === undefined || values.length === 0) return null;
  return values.map((value) => {
    if (typeof value !== "number") {
      throw new TypeError(`Expected ${metric} of "${name}" to hold numbers but found ${typeof value}`);
    }
    return value * 100;
  });
}

function rangeOf(curves: readonly Curve[]): [number, number] {
  const all = curves.flatMap(({ training, validation }) => [...(training ?? []), ...(validation ?? [])]);
  const finite = all.filter((value) => Number.isFinite(value));
  if (finite.length === 0) return [0, 100];
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  const room = Math.max(high - low, 1) * 0.06;
  return [Math.max(low - room, Math.min(0, low)), Math.min(high + room, Math.max(100.5, high))];
}
