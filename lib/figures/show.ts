import { compactFigure } from "./compactFigure.js";
import { display } from "../notebook/display.js";
import type { Figure } from "./figure.js";
import { plainTitle } from "./plainTitle.js";
import { keepShownFigure } from "./shownFigures.js";

// Nothing leaves the machine: newer versions of plotly.js have a button that uploads the figure.
const CONFIG = { displaylogo: false, responsive: false, modeBarButtonsToRemove: ["sendChartToCloud"] };

/** How a figure is shown. */
export interface ShowOptions {
  /**
   * Name under which the figure is kept for the notebook's results: letters, digits and `-`.
   * Default: made from the title. Showing a figure of the same name again replaces it.
   */
  name?: string;
}

/**
 * Shows a figure: interactive in JupyterLab, one line of text in a terminal.
 *
 * The notebook stores the figure as Plotly JSON and no script, so that it also shows in a notebook
 * that is not trusted. The figure is kept in {@link shownFigures}.
 *
 * @param figure any Plotly figure.
 * @throws {SyntaxError} if the name has other characters than letters, digits, `-`, `_` and `.`.
 * @example
 * ```ts
 * show(accuracyByEpoch(runs), { name: "accuracy-by-epoch" });
 * ```
 */
export function show(figure: Figure, options: ShowOptions = {}): void {
  const compact = compactFigure(figure);
  const title = plainTitle(compact.layout);
  const name = options.name ?? slug(title);
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(name)) {
    throw new SyntaxError(
      `Expected name to be made of letters, digits, "-", "_" and "." but found ${JSON.stringify(name)}`,
    );
  }
  keepShownFigure(name, compact);
  display({
    "application/vnd.plotly.v1+json": { config: { ...CONFIG }, ...compact },
    "text/plain": `[figure] ${title} (${pointCount(compact)} points)`,
  });
}

function slug(title: string): string {
  return (
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-+|-+$/g, "") || "figure"
  );
}

function pointCount({ data }: Figure): number {
  return data.reduce((sum, trace) => sum + tracePoints(trace), 0);
}

function tracePoints(trace: Figure["data"][number]): number {
  if (trace.hoverinfo === "skip") return 0; // part of the drawing, not of the data
  if (Array.isArray(trace.z)) return trace.z.flat().length;
  const points = Array.isArray(trace.y) ? trace.y : trace.x;
  return Array.isArray(points) ? points.length : 1;
}
