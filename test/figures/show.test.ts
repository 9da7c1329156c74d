import assert from "node:assert/strict";
import { afterEach, describe, it, mock } from "node:test";

import type { Data, Layout } from "plotly.js";

import { compactFigure } from "../../lib/figures/compactFigure.js";
import { display } from "../../lib/notebook/display.js";
import type { Figure } from "../../lib/figures/figure.js";
import { show } from "../../lib/figures/show.js";
import { showMarkdown } from "../../lib/notebook/showMarkdown.js";
import { clearShownFigures, shownFigures } from "../../lib/figures/shownFigures.js";
import { inNotebook } from "./fakeKernel.js";
import { gallery } from "./gallery.js";

const PLOTLY = "application/vnd.plotly.v1+json";

afterEach(() => clearShownFigures());

describe("compactFigure", () => {
  it("turns typed arrays into arrays, rounds to six digits and leaves gaps for NaN", () => {
    const compact = compactFigure({
      data: [
        { x: Float32Array.of(0.1, 2, Number.NaN), y: [1 / 3, 123456.789, Infinity], z: BigInt64Array.of(5n) },
      ],
      layout: {},
    });
    assert.deepEqual(compact.data[0], { x: [0.1, 2, null], y: [0.333333, 123457, null], z: [5] });
  });

  it("keeps the layout's numbers as they are", () => {
    assert.equal(compactFigure({ data: [], layout: { width: 1 / 3 } }).layout.width, 1 / 3);
  });

  it("does not change the figure it is given", () => {
    const y = Float32Array.of(0.5);
    const figure: Figure = { data: [{ y, name: undefined }], layout: {} };
    compactFigure(figure);
    assert.equal(figure.data[0].y, y);
  });

  it("names the place of what is not plain data", () => {
    const figure: Figure = { data: [{ y: [1, (): number => 2] }], layout: {} };
    assert.throws(() => compactFigure(figure), {
      name: "TypeError",
      message: "Expected figure.data[0].y[1] to be plain data but found a function",
    });
  });
});

describe("show", () => {
  it("publishes Plotly JSON and a line of text, and no script", () => {
    const { outputs } = inNotebook(() => show(gallery()["accuracy by epoch"]));
    assert.deepEqual(Object.keys(outputs[0].bundle), [PLOTLY, "text/plain"]);
    assert.equal(outputs[0].bundle["text/plain"], "[figure] Accuracy by epoch (256 points)");
    const stored = outputs[0].bundle[PLOTLY];
    assert.deepEqual(JSON.parse(JSON.stringify(stored)), stored);
  });

  it("stores a figure of each kind in few bytes", () => {
    for (const [name, figure] of Object.entries(gallery())) {
      const { outputs } = inNotebook(() => show(figure, { name: "figure" }));
      const bytes = JSON.stringify(outputs[0].bundle).length;
      // Two sliders and a map hold what 56 formats do to the numbers.
      const limit = name === "bits and integer bits" ? 45_000 : 25_000;
      assert.ok(bytes < limit, `${name} takes ${bytes} bytes`);
    }
  });

  it("keeps figures by name, and the last one of a name", () => {
    inNotebook(() => {
      show({ data: [], layout: { title: "Before & after: 50 %" } });
      show({ data: [], layout: { title: "first" } }, { name: "same" });
      show({ data: [], layout: { title: { text: "second" } } }, { name: "same" });
    });
    assert.deepEqual([...shownFigures().keys()], ["before-after-50", "same"]);
    assert.deepEqual(shownFigures().get("same")?.layout.title, { text: "second" });
  });

  it("refuses names that are no file names", () => {
    assert.throws(() => show({ data: [], layout: {} }, { name: "../x" }), {
      name: "SyntaxError",
      message: 'Expected name to be made of letters, digits, "-", "_" and "." but found "../x"',
    });
  });

  it("takes what is typed with Plotly's own types", () => {
    const data: Data[] = [{ type: "bar", y: [1, 2] }];
    const layout: Partial<Layout> = { title: { text: "typed" } };
    const { outputs } = inNotebook(() => show({ data, layout }));
    assert.equal(outputs[0].bundle["text/plain"], "[figure] typed (2 points)");
  });
});

describe("display outside a notebook", () => {
  it("prints the plain text and nothing else", (t) => {
    const write = t.mock.method(process.stdout, "write", () => true);
    display({ "text/plain": "plain", "text/html": "<b>rich</b>" });
    showMarkdown("**bold**");
    display({ "text/html": "<b>rich</b>" });
    const printed = write.mock.calls
      .map(({ arguments: [text] }) => text)
      .filter((text) => typeof text === "string");
    mock.restoreAll();
    assert.deepEqual(printed, ["plain\n", "**bold**\n"]);
  });
});
