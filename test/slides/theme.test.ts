import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { METHODS, methodStyle } from "../../lib/figures/theme.js";

const css = readFileSync(join(__dirname, "../../slides/theme.css"), "utf8");

/** How Plotly's marker symbols look. */
const signs: Record<string, string> = {
  circle: "●",
  pentagon: "⬟",
  square: "■",
  "triangle-up": "▲",
  diamond: "◆",
  cross: "✚",
  star: "★",
  x: "✖",
};

describe("the slides' theme", () => {
  it("gives each method the colour and the symbol that it has in the charts", () => {
    for (const method of METHODS) {
      const { color, symbol } = methodStyle(method);
      assert.ok(css.includes(`--${method}: ${color};`), `${method} is ${color}`);
      const rule = `.${method}::before { content: "${signs[symbol]} "; color: var(--${method}); }`;
      assert.ok(css.includes(rule), `${method} is ${symbol}`);
    }
  });

  it("loads nothing", () => {
    assert.doesNotMatch(css, /@import|@font-face|url\(/);
  });
});
