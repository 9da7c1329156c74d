import { readFile } from "node:fs/promises";
import { crc32 } from "node:zlib";

import { boundingBox, pageBox } from "./boundingBox.js";
import { pathLength, pointAlong } from "./pathPoints.js";
import { RecordingCanvas } from "./recordingCanvas.js";
import { lineWidth } from "./textBox.js";

/** Plotly in a page of its own, with what it measures filled in. */
export interface PlotlyPage {
  /** Draws a figure and gives Plotly's own SVG text. */
  draw(figure: { data: unknown[]; layout: unknown }, width: number, height: number): Promise<string>;
  /** Parses SVG text into a document. */
  parse(svg: string): Document;
  /** Checks a figure against Plotly's list of attributes. */
  validate(data: unknown[], layout: unknown): { msg: string }[] | undefined;
}

let page: Promise<PlotlyPage> | undefined;

/** Loads plotly.js into jsdom, once in a process and only when a picture is asked for: it takes about a second. */
export function loadPlotly(): Promise<PlotlyPage> {
  page ??= openPage();
  return page;
}

async function openPage(): Promise<PlotlyPage> {
  const { JSDOM } = await import("jsdom");
  const plotly = require.resolve("plotly.js-dist-min/plotly.min.js");
  const { window } = new JSDOM("<!DOCTYPE html><body></body>", { runScripts: "outside-only" });
  const { SVGElement, HTMLCanvasElement } = window;

  // jsdom has no layout and no canvas; these are all the measures Plotly takes.
  define(SVGElement.prototype, "getBBox", function (this: Element) {
    return boundingBox(this);
  });
  define(SVGElement.prototype, "getComputedTextLength", function (this: Element) {
    return lineWidth(this);
  });
  define(SVGElement.prototype, "getBoundingClientRect", function (this: Element) {
    const { x, y, width, height } = pageBox(this);
    return { x, y, width, height, left: x, top: y, right: x + width, bottom: y + height };
  });
  define(SVGElement.prototype, "getScreenCTM", function () {
    return {
      a: 1,
      b: 0,
      c: 0,
      d: 1,
      e: 0,
      f: 0,
      inverse: (): unknown => ({ a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 }),
    };
  });
  define(SVGElement.prototype, "getTotalLength", function (this: Element) {
    return pathLength(this.getAttribute("d") ?? "");
  });
  define(SVGElement.prototype, "getPointAtLength", function (this: Element, length: number) {
    const [x, y] = pointAlong(this.getAttribute("d") ?? "", length);
    return { x, y };
  });
  const canvases = new WeakMap<object, RecordingCanvas>();
  define(HTMLCanvasElement.prototype, "getContext", function (this: object, kind: string) {
    if (kind !== "2d") return null;
    if (!canvases.has(this)) canvases.set(this, new RecordingCanvas());
    return canvases.get(this);
  });
  define(HTMLCanvasElement.prototype, "toDataURL", function (this: object) {
    return canvases.get(this)?.toDataURL() ?? "data:,";
  });
  define(window, "Image", LoadedImage);
  define(window.URL, "createObjectURL", () => "data:,");
  define(window.URL, "revokeObjectURL", () => undefined);

  window.eval(await readFile(plotly, "utf8"));
  const Plotly = Reflect.get(window, "Plotly") as {
    toImage(figure: object, options: object): Promise<string>;
    validate(data: unknown[], layout: unknown): { msg: string }[] | undefined;
  };
  return {
    async draw(figure, width, height) {
      // Plotly names its clip paths by random numbers. Drawn from the figure itself they are the same in
      // each run, and two pictures in one page do not share a name.
      const seed = (crc32(JSON.stringify(figure)) % 2147483646) + 1;
      window.eval(
        `{ let seed = ${seed}; Math.random = () => (seed = (seed * 16807) % 2147483647) / 2147483647; }`,
      );
      try {
        return await Plotly.toImage(
          { ...figure, config: {} },
          { format: "svg", imageDataOnly: true, width, height },
        );
      } catch (error) {
        // Not the error itself: its stack would print a line of plotly.js, which is half a megabyte long.
        throw new Error(`plotly.js could not draw the figure: ${(error as Error).message ?? error}`);
      }
    },
    parse: (svg) => new window.DOMParser().parseFromString(svg, "image/svg+xml"),
    validate: (data, layout) => Plotly.validate(data, layout),
  };
}

/** An image that is there as soon as it has an address; what is in it does not matter to the drawing. */
class LoadedImage {
  onload: (() => void) | undefined;

  setAttribute(name: string): void {
    if (name === "src") queueMicrotask(() => this.onload?.());
  }
}

function define(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}
