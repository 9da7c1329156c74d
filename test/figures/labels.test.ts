import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { placeLabels } from "../../lib/figures/placeLabels.js";
import { spreadLabels } from "../../lib/figures/spreadLabels.js";
import { textWidth } from "../../lib/figures/textWidth.js";

describe("spreadLabels", () => {
  it("leaves labels alone that do not touch", () => {
    assert.deepEqual(spreadLabels([80, 10, 40], 20, [0, 100]), [80, 10, 40]);
  });

  it("moves two that touch equally far", () => {
    assert.deepEqual(spreadLabels([40, 42, 80], 20, [0, 100]), [31, 51, 80]);
  });

  it("keeps labels apart, in order and in range, wherever they wish to be", () => {
    const wishes = fc.array(fc.double({ min: -50, max: 450, noNaN: true }), { minLength: 1, maxLength: 15 });
    fc.assert(
      fc.property(wishes, (values) => {
        const centres = spreadLabels(values, 20, [0, 400]);
        const order = values.map((_, index) => index).sort((a, b) => values[a] - values[b] || a - b);
        const sorted = order.map((index) => centres[index]);
        for (let index = 1; index < sorted.length; index++)
          assert.ok(sorted[index] - sorted[index - 1] > 20 - 1e-9);
        assert.ok(sorted[0] > 10 - 1e-9 && sorted.at(-1)! < 390 + 1e-9);
      }),
    );
  });
});

describe("placeLabels", () => {
  const bounds = { left: 0, top: 0, right: 400, bottom: 300 };
  const box = (point: { x: number; y: number }, { dx, dy }: { dx: number; dy: number }) => ({
    left: point.x + dx - 40,
    right: point.x + dx + 40,
    top: point.y + dy - 8,
    bottom: point.y + dy + 8,
  });

  it("puts a lone label to the right of its point", () => {
    const [place] = placeLabels([{ x: 200, y: 150, width: 80, height: 16 }], bounds);
    assert.deepEqual(place, { dx: 49, dy: 0, leader: false });
  });

  it("stays within the chart at each corner", () => {
    for (const [x, y] of [
      [0, 0],
      [400, 0],
      [0, 300],
      [400, 300],
    ]) {
      const point = { x, y, width: 80, height: 16 };
      const label = box(point, placeLabels([point], bounds)[0]);
      assert.ok(label.left >= 0 && label.right <= 400 && label.top >= 0 && label.bottom <= 300, `${x}, ${y}`);
    }
  });

  it("keeps the labels of six points in a heap apart, and off the points", () => {
    const points = Array.from({ length: 6 }, (_, index) => ({
      x: 200 + index * 2,
      y: 150 + index * 9,
      width: 80,
      height: 16,
    }));
    const boxes = placeLabels(points, bounds).map((place, index) => box(points[index], place));
    boxes.forEach((a, at) => {
      for (const b of boxes.slice(at + 1)) {
        const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
        assert.ok(apart, JSON.stringify([a, b]));
      }
      for (const { x, y } of points) assert.ok(!(x > a.left && x < a.right && y > a.top && y < a.bottom));
    });
  });

  it("keeps off obstacles where there is room", () => {
    const line = { left: 200, right: 400, top: 147, bottom: 153 };
    const [{ dx }] = placeLabels([{ x: 200, y: 150, width: 80, height: 16 }], bounds, [line]);
    assert.ok(dx < 0);
  });
});

describe("textWidth", () => {
  // Widths in thousandths from Adobe's metrics file of Helvetica: H 722, e 556, l 222, o 556.
  it("adds up the widths of Helvetica", () => {
    assert.equal(textWidth("Hello", 10), 22.78);
  });

  it("counts an accented letter as the letter and an unknown one as a digit", () => {
    assert.equal(textWidth("é", 10), textWidth("e", 10));
    assert.equal(textWidth("語", 10), textWidth("0", 10));
  });
});
