import { compactFigure } from "./compactFigure.js";
import type { Figure } from "./figure.js";
import { plainTitle } from "./plainTitle.js";
import { loadPlotly } from "./svg/loadPlotly.js";
import { tidySvg } from "./svg/tidySvg.js";
import { THEME } from "./theme.js";

const NEEDS_WEBGL =
  /gl$|3d$|^(?:scatter|density|choropleth)map(?:box)?$|^(?:surface|cone|streamtube|volume|isosurface|splom|parcoords)$/;

/**
 * Draws a figure as a static picture, without a browser.
 *
 * The text stands by itself (no script, no address outside it), and the same figure always gives the
 * same text. The first call loads plotly.js, which takes about a second.
 *
 * @param figure any figure of two-dimensional Plotly traces.
 * @returns SVG, of the layout's width and height.
 * @throws {TypeError} if a trace needs a graphics card, or a picture is not given as data.
 * @example
 * ```ts
 * writeFileSync("accuracy.svg", await toSvg(accuracyByEpoch(runs)));
 * ```
 */
export async function toSvg(figure: Figure): Promise<string> {
  const { data, layout } = compactFigure(figure);
  check({ data, layout });
  const page = await loadPlotly();
  // Else plotly.js would read the picture's pixels back from a canvas, which there is not.
  const drawn = data.map((trace) => ("source" in trace ? { ...trace, zsmooth: "fast" } : trace));
  const svg = await page.draw(
    { data: drawn, layout },
    layout.width ?? THEME.width,
    layout.height ?? THEME.height,
  );
  return tidySvg(page.parse(svg), plainTitle(layout));
}

// Of these plotly.js would draw nothing, or wait for ever.
function check({ data, layout }: Figure): void {
  for (const { type = "scatter" } of data) {
    if (NEEDS_WEBGL.test(type)) {
      throw new TypeError(`Expected traces that are drawn as SVG, such as "scatter", but found "${type}"`);
    }
  }
  for (const { source } of (layout.images ?? []) as { source?: unknown }[]) {
    if (typeof source !== "string" || !source.startsWith("data:")) {
      throw new TypeError(
        `Expected the source of an image to start with "data:" but found ${JSON.stringify(source)}`,
      );
    }
  }
}
