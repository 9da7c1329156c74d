import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { escapeText } from "../../lib/figures/baseLayout.js";
import { scaleColor, SEQUENTIAL_SCALE, textOnScale } from "../../lib/figures/sequentialScale.js";
import { methodStyle, METHODS, seriesStyles, type Method } from "../../lib/figures/theme.js";

describe("methodStyle", () => {
  it("gives no two methods the same colour, dash or symbol", () => {
    const styles = METHODS.map((method) => methodStyle(method));
    for (const part of ["color", "dash", "symbol", "label"] as const) {
      assert.equal(new Set(styles.map((style) => style[part])).size, METHODS.length, part);
    }
  });

  it("uses colours of the Okabe-Ito palette, and grey for references", () => {
    const palette = ["#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7", "#777777"];
    assert.deepEqual(METHODS.map((method) => methodStyle(method).color).sort(), palette.sort());
  });

  it("gives text on white a contrast of at least 4.5", () => {
    for (const method of METHODS) {
      const contrast = contrastOf(methodStyle(method).textColor, "#ffffff");
      assert.ok(contrast >= 4.5, `${method} has ${contrast}`);
    }
  });

  it("tells further series of a method apart by a paler line and a white symbol", () => {
    const [first, second, third] = [0, 1, 2].map((repeat) => methodStyle("qap", repeat));
    assert.equal(first.fill, first.color);
    assert.equal(second.fill, "#ffffff");
    assert.equal(new Set([first.color, second.color, third.color]).size, 3);
    assert.equal(second.symbol, first.symbol);
  });

  it("names the methods there are when asked for another", () => {
    assert.throws(() => methodStyle("toString" as Method), {
      name: "RangeError",
      message: /^Expected method to be one of baseline, postTraining, .* but found "toString"$/,
    });
  });
});

describe("seriesStyles", () => {
  it("keeps the styles of named methods for them, in whatever order they come", () => {
    const [first, second] = seriesStyles([{}, { method: "baseline" }]);
    assert.equal(second.color, methodStyle("baseline").color);
    assert.notEqual(first.color, second.color);
  });

  it("gives as many different styles as there are series without a method", () => {
    const styles = seriesStyles(Array.from({ length: 12 }, () => ({})));
    assert.equal(new Set(styles.map(({ color, symbol, fill }) => color + symbol + fill)).size, 12);
  });
});

describe("the sequential scale", () => {
  const shares = Array.from({ length: 1001 }, (_, index) => index / 1000);

  it("gets darker all the way, so that grey keeps the order", () => {
    const light = shares.map((share) => luminance(scaleColor(share)));
    for (let index = 1; index < light.length; index++) {
      assert.ok(light[index] <= light[index - 1] + 0.004, String(shares[index])); // channels are whole numbers
    }
    const steps = SEQUENTIAL_SCALE.map(([, color]) => 116 * Math.cbrt(luminance(color)) - 16); // CIE L*
    for (let index = 1; index < steps.length; index++) {
      const step = steps[index - 1] - steps[index];
      assert.ok(step > 16 && step < 22, `${step} from colour ${index}`);
    }
  });

  it("gives text a contrast of at least 4.5 everywhere", () => {
    for (const share of shares) {
      const contrast = contrastOf(scaleColor(share), textOnScale(share));
      assert.ok(contrast >= 4.5, `${share} has ${contrast}`);
    }
  });

  it("gives its own colours at their places, and the ends beyond them", () => {
    for (const [share, color] of SEQUENTIAL_SCALE) assert.equal(scaleColor(share), color);
    assert.deepEqual([scaleColor(-1), scaleColor(2)], [scaleColor(0), scaleColor(1)]);
  });
});

describe("escapeText", () => {
  it("leaves no markup for Plotly to read", () => {
    assert.equal(escapeText("a<b> & <i>c</i>"), "a&lt;b&gt; &amp; &lt;i&gt;c&lt;/i&gt;");
  });
});

// Relative luminance and contrast as WCAG 2 defines them.
function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrastOf(color: string, other: string): number {
  const [dark, light] = [luminance(color), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
