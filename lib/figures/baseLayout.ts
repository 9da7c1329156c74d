import type { Layout } from "./figure.js";
import { THEME, type MethodStyle } from "./theme.js";

/**
 * Gives the layout every chart starts from: white, fixed in size, thin grid, title at the left.
 *
 * @param title the chart's title, plain text.
 * @param subtitle one line below it, plain text; "" for none.
 * @param changes layout attributes that replace the defaults, one level deep.
 */
export function baseLayout(title: string, subtitle: string, changes: Layout = {}): Layout {
  const margin = (changes.margin as ReturnType<typeof baseMargin> | undefined) ?? baseMargin(subtitle);
  const annotations = (changes.annotations as unknown[] | undefined) ?? [];
  return {
    width: THEME.width,
    height: THEME.height,
    autosize: false,
    title: titleOf(title),
    font: { family: THEME.font, size: THEME.fontSize, color: THEME.ink },
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    margin,
    showlegend: false,
    hovermode: "closest",
    ...changes,
    annotations: subtitle === "" ? annotations : [...annotations, subtitleOf(subtitle, margin)],
  };
}

/** Gives the room around the axes: for the title, the axis titles and their tick labels. */
export function baseMargin(subtitle: string): { l: number; r: number; t: number; b: number } {
  return { l: 68, r: 24, t: subtitle === "" ? 52 : 72, b: 58 };
}

/**
 * Gives the axis every chart starts from.
 *
 * @param title the axis title, plain text, with the unit.
 * @param changes axis attributes that replace the defaults, one level deep.
 */
export function baseAxis(
  title: string,
  changes: { [attribute: string]: unknown } = {},
): { [attribute: string]: unknown } {
  return {
    title: { text: escapeText(title), standoff: 8, font: { size: THEME.fontSize } },
    ...(changes.showline !== false && { showline: true, linecolor: THEME.axis, linewidth: 1 }),
    ticks: "outside",
    ticklen: 4,
    tickcolor: THEME.axis,
    ...(changes.showgrid !== false && { gridcolor: THEME.grid, gridwidth: 1 }),
    zeroline: false,
    ...changes,
  };
}

/** Gives the Plotly marker of a style. */
export function markerOf(
  { color, fill, symbol }: MethodStyle,
  size: number,
): { [attribute: string]: unknown } {
  return { color: fill, symbol, size, line: { color, width: fill === color ? 0 : 2 } };
}

/** Makes plain text safe where Plotly would read `<b>` and the like as markup. */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function titleOf(text: string): { text: string; [attribute: string]: unknown } {
  return {
    text: escapeText(text),
    x: 0,
    xref: "container",
    xanchor: "left",
    y: 1,
    yref: "container",
    yanchor: "top",
    pad: { l: 16, t: 16 },
    font: { size: THEME.titleSize },
  };
}

// Not Plotly's own subtitle: where that stands depends on how a browser measures the title.
function subtitleOf(text: string, margin: { l: number; t: number }): { [attribute: string]: unknown } {
  return {
    text: escapeText(text),
    x: 0,
    xref: "paper",
    xanchor: "left",
    xshift: 15 - margin.l,
    y: 1,
    yref: "paper",
    yanchor: "top",
    yshift: margin.t - 36,
    borderpad: 0,
    showarrow: false,
    font: { size: THEME.smallSize, color: THEME.axis },
  };
}
