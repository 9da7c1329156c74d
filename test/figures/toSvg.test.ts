import assert from "node:assert/strict";
import { before, describe, it } from "node:test";

import { compactFigure } from "../../lib/figures/compactFigure.js";
import type { Figure } from "../../lib/figures/figure.js";
import { pageBox } from "../../lib/figures/svg/boundingBox.js";
import { loadPlotly, type PlotlyPage } from "../../lib/figures/svg/loadPlotly.js";
import type { Box } from "../../lib/figures/svg/textBox.js";
import { toSvg } from "../../lib/figures/toSvg.js";
import { gallery } from "./gallery.js";

const figures = Object.entries(gallery());
const pictures = new Map<string, string>();
let page: PlotlyPage;

before(async () => {
  page = await loadPlotly();
  for (const [name, figure] of figures) pictures.set(name, await toSvg(figure));
});

describe("charts", () => {
  for (const [name, figure] of figures) {
    it(`use only attributes that Plotly knows: ${name}`, () => {
      const { data, layout } = compactFigure(figure);
      const found = Array.from(page.validate(data, layout) ?? [], ({ msg }) => msg);
      // What a slider's step does may be anything; Plotly takes its own copy of an object there for another one.
      assert.deepEqual(found.filter((msg) => !/steps\[\d+\]\.args\[\d\] .* got reset to/.test(msg)), []);
    });
  }
});

describe("toSvg", () => {
  for (const [name, figure] of figures) {
    it(`draws title and axis titles: ${name}`, () => {
      const texts = [...page.parse(pictures.get(name)!).querySelectorAll("text")].map(
        ({ textContent }) => textContent,
      );
      for (const title of titles(figure)) assert.ok(texts.includes(title), `${title} in ${texts.join("|")}`);
    });

    it(`keeps all text within the picture, and each text off the others: ${name}`, () => {
      const document = page.parse(pictures.get(name)!);
      const texts = [...document.querySelectorAll("text")].filter(({ textContent }) => textContent?.trim());
      const boxes = texts.map((text) => ({ text: text.textContent!, ...inner(pageBox(text)) }));
      const { width, height } = figure.layout as { width: number; height: number };
      for (const { text, x, y, width: w, height: h } of boxes) {
        assert.ok(x >= 0 && y >= 0 && x + w <= width && y + h <= height, `"${text}" is cut`);
      }
      boxes.forEach((a, at) => {
        for (const b of boxes.slice(at + 1)) {
          const apart =
            a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
          assert.ok(apart, `"${a.text}" touches "${b.text}"`);
        }
      });
    });

    it(`needs nothing from outside and is small: ${name}`, () => {
      const svg = pictures.get(name)!;
      assert.ok(!/<script|<foreignObject|@import|url\((?!['"]?#)/i.test(svg));
      for (const [, address] of svg.matchAll(/href="([^"]*)"/g))
        assert.match(address, /^data:image\/png;base64,|^#/);
      assert.ok(svg.length < 80_000, `${svg.length} bytes`);
    });
  }

  it("gives the same text for the same figure", async () => {
    for (const [name, figure] of figures) assert.equal(await toSvg(figure), pictures.get(name), name);
  });

  it("gives two figures no clip path of the same name, so that one page can hold both", () => {
    const names = [...pictures.values()].flatMap((svg) =>
      [...svg.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id),
    );
    assert.ok(names.length > figures.length);
    assert.equal(new Set(names).size, names.length);
  });

  it("draws the cells of a heatmap in their colours, rows from the bottom up", async () => {
    const svg = await toSvg({
      data: [
        {
          type: "heatmap",
          z: [
            [0, 1],
            [0, 0],
          ],
          colorscale: SCALE,
          showscale: false,
          xgap: 1,
          ygap: 1,
        },
      ],
      layout: { width: 300, height: 300 },
    });
    const cells = [...page.parse(svg).querySelectorAll("g[shape-rendering] rect")];
    const at = (left: boolean, low: boolean): string | null => {
      const found = cells.find((cell) => {
        const [x, y] = ["x", "y"].map((name) => Number(cell.getAttribute(name)));
        return x < 50 === left && y < 50 === !low;
      });
      return found?.getAttribute("fill") ?? null;
    };
    assert.deepEqual(
      [at(true, true), at(false, true), at(true, false), at(false, false)],
      ["#ff0000", "#0000ff", "#ff0000", "#ff0000"],
    );
  });

  it("draws a heatmap without gaps as a picture of a pixel a cell", async () => {
    const svg = await toSvg({
      data: [
        {
          type: "heatmap",
          z: [
            [0, 1, 1],
            [0, 0, 0],
          ],
          colorscale: SCALE,
          showscale: false,
        },
      ],
      layout: { width: 300, height: 300 },
    });
    const address = page.parse(svg).querySelector("image")!.getAttribute("xlink:href")!;
    const png = Buffer.from(address.slice("data:image/png;base64,".length), "base64");
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [3, 2]);
  });

  it("escapes what stands in names", async () => {
    const svg = await toSvg({
      data: [{ y: [1, 2] }],
      layout: { title: { text: "1 &lt; 2 &amp; <b>3</b>" }, width: 300, height: 200 },
    });
    assert.match(svg, /1 &lt; 2 &amp; /);
    assert.equal(page.parse(svg).documentElement.getAttribute("aria-label"), "1 < 2 & 3");
  });

  it("keeps the picture of an image trace as it is", async () => {
    const source = (gallery()["image grid"].layout.images as { source: string }[])[0].source;
    const svg = await toSvg({ data: [{ type: "image", source }], layout: { width: 300, height: 300 } });
    assert.equal(page.parse(svg).querySelector("image")?.getAttribute("xlink:href"), source);
  });

  it("refuses what it could only leave out", async () => {
    await assert.rejects(toSvg({ data: [{ type: "scattergl", y: [1, 2] }], layout: {} }), {
      name: "TypeError",
      message: 'Expected traces that are drawn as SVG, such as "scatter", but found "scattergl"',
    });
    await assert.rejects(toSvg({ data: [], layout: { images: [{ source: "https://example.org/a.png" }] } }), {
      name: "TypeError",
      message: 'Expected the source of an image to start with "data:" but found "https://example.org/a.png"',
    });
  });
});

const SCALE = [
  [0, "#ff0000"],
  [1, "#0000ff"],
];

function titles({ layout }: Figure): string[] {
  const axes = Object.entries(layout).filter(([key]) => /^[xy]axis\d*$/.test(key));
  const found = [layout, ...axes.map(([, axis]) => axis)].map((holder) => {
    const { title } = holder as { title?: { text?: string } };
    return title?.text ?? "";
  });
  return found.filter((text) => text !== "");
}

// Letters do not fill their box; boxes that overlap by a pixel do not look as if they touched.
function inner({ x, y, width, height }: Box): Box {
  return { x: x + 1, y: y + 2, width: width - 2, height: height - 4 };
}
