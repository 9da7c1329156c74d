import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { colorBarLabels } from "../../lib/figures/colorBarLabels.js";
import { paretoFront } from "../../lib/figures/paretoFront.js";
import { placeLabels } from "../../lib/figures/placeLabels.js";
import { placeSpareLabels } from "../../lib/figures/placeSpareLabels.js";
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

describe("placeSpareLabels", () => {
  const bounds = { left: 0, top: 0, right: 400, bottom: 300 };
  const label = { width: 80, height: 16 };

  it("puts a lone label to the left of its point, and above it at the left border", () => {
    const [free, atBorder] = [200, 70].map(
      (x) => placeSpareLabels([{ x, y: 150, ...label }], bounds, [])[0],
    );
    assert.deepEqual(free, { dx: -48, dy: 0, leader: false });
    assert.deepEqual(atBorder, { dx: -24, dy: -16, leader: false });
  });

  it("leaves out what finds no room, the least important first", () => {
    const points = [0, 3, 6, 9, 12].map((shift) => ({ x: 200 + shift, y: 150, ...label }));
    const places = placeSpareLabels(points, bounds, []);
    assert.notEqual(places[0], null);
    assert.equal(places.at(-1), null);
  });

  it("touches neither obstacles nor other labels, wherever the points are", () => {
    const place = fc.record({ x: fc.integer({ min: 0, max: 400 }), y: fc.integer({ min: 0, max: 300 }) });
    fc.assert(
      fc.property(fc.array(place, { maxLength: 30 }), (corners) => {
        const points = corners.map((corner) => ({ ...corner, ...label }));
        const wall = { left: 150, top: 0, right: 160, bottom: 300 };
        const boxes = placeSpareLabels(points, bounds, [wall]).flatMap((found, index) => {
          if (found === null) return [];
          const [x, y] = [points[index].x + found.dx, points[index].y + found.dy];
          return [{ left: x - 40, right: x + 40, top: y - 8, bottom: y + 8 }];
        });
        [wall, ...boxes].forEach((a, at, all) => {
          assert.ok(a.left >= 0 && a.right <= 400 && a.top >= 0 && a.bottom <= 300);
          for (const b of all.slice(at + 1)) {
            assert.ok(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top);
          }
        });
      }),
    );
  });
});

describe("colorBarLabels", () => {
  const texts = (...args: Parameters<typeof colorBarLabels>): string[] =>
    colorBarLabels(...args).map(({ text }) => text);

  it("gives round numbers with as many digits as they need", () => {
    assert.deepEqual(texts([95.4, 99.3], 300), ["96", "97", "98", "99"]);
    assert.deepEqual(texts([0, 100], 300), ["0", "20", "40", "60", "80", "100"]);
    assert.deepEqual(texts([98.5, 99.5], 300), ["98.6", "98.8", "99.0", "99.2", "99.4"]);
  });

  it("keeps what is wanted and leaves out round numbers that would touch it", () => {
    assert.deepEqual(texts([95, 100], 300, [{ value: 99.1, text: "float" }]), [
      "float",
      "95",
      "96",
      "97",
      "98",
      "100",
    ]);
  });

  it("leaves out the less important of two that would touch", () => {
    const wanted = ["first", "second"].map((text) => ({ value: 97.5, text }));
    assert.ok(!texts([95, 100], 300, wanted).includes("second"));
  });
});

describe("paretoFront", () => {
  it("keeps those that no other beats in both, from the smallest up", () => {
    const models = [
      { bytes: 30, accuracy: 0.7 },
      { bytes: 20, accuracy: 0.9 },
      { bytes: 10, accuracy: 0.8 },
      { bytes: 10, accuracy: 0.6 },
      { bytes: 25, accuracy: 0.9 },
    ];
    assert.deepEqual(paretoFront(models), [models[2], models[1]]);
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
