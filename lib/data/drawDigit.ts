import type { Random } from "./random.js";

/** Points x0, y0, x1, y1, … in a box from 0, 0 (top left) to 1, 1, joined by straight lines. */
type Stroke = readonly number[];

/**
 * Draws one handwritten-looking digit: one of several stroke patterns, slanted, stretched, bent and
 * moved at random, with a pen of random width.
 *
 * @param digit 0 to 9
 * @param random where the randomness comes from
 * @param image takes the grey values, 28 x 28, all 0 before
 * @throws {RangeError} if the digit is none of 0 to 9
 */
export function drawDigit(digit: number, random: Random, image: Uint8Array): void {
  const patterns = shapes[digit];
  if (patterns === undefined) throw new RangeError(`Expected a digit from 0 to 9 but found ${digit}`);
  const strokes = patterns[random.integer(patterns.length)]!;

  const angle = random.normal(0, 0.13);
  const slant = random.normal(0.12, 0.17);
  const width = random.uniform(12, 20);
  const height = random.uniform(16, 20.5);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const left = 13.5 + random.normal(0, 0.9);
  const top = 13.5 + random.normal(0, 0.9);
  const bend = random.normal(0, 0.06);
  const bendPhase = random.uniform(0, 2 * Math.PI);
  const swing = random.normal(0, 0.06);
  const swingPhase = random.uniform(0, 2 * Math.PI);
  const pen = random.uniform(0.7, 1.7);
  const ink = random.uniform(200, 255);

  for (const stroke of strokes) {
    let lastX = 0;
    let lastY = 0;
    for (let i = 0; i < stroke.length; i += 2) {
      const v = stroke[i + 1]! - 0.5 + swing * Math.sin(4 * stroke[i]! + swingPhase);
      const u = stroke[i]! - 0.5 + bend * Math.sin(5 * stroke[i + 1]! + bendPhase) - slant * v;
      const x = left + cos * u * width - sin * v * height;
      const y = top + sin * u * width + cos * v * height;
      if (i > 0) drawLine(image, lastX, lastY, x, y, pen, ink);
      lastX = x;
      lastY = y;
    }
  }
}

/** Darkens the pixels whose centre is nearer to the line than the pen's radius, with a soft edge. */
function drawLine(
  image: Uint8Array,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  pen: number,
  ink: number,
): void {
  const reach = pen + 0.5;
  const dx = x1 - x0;
  const dy = y1 - y0;
  const scale = 1 / (dx * dx + dy * dy + 1e-9);
  const fromX = Math.max(0, Math.ceil(Math.min(x0, x1) - reach));
  const toX = Math.min(27, Math.floor(Math.max(x0, x1) + reach));
  const fromY = Math.max(0, Math.ceil(Math.min(y0, y1) - reach));
  const toY = Math.min(27, Math.floor(Math.max(y0, y1) + reach));
  for (let y = fromY; y <= toY; y++) {
    for (let x = fromX; x <= toX; x++) {
      const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) * scale));
      const awayX = x - x0 - along * dx;
      const awayY = y - y0 - along * dy;
      const cover = Math.min(1, reach - Math.sqrt(awayX * awayX + awayY * awayY));
      const grey = cover * ink;
      if (grey > image[y * 28 + x]!) image[y * 28 + x] = grey;
    }
  }
}

/** Part of an ellipse around x, y; angles in degrees, 0 to the right, 90 down. */
function arc(x: number, y: number, radiusX: number, radiusY: number, from: number, to: number): number[] {
  const steps = Math.ceil(Math.abs(to - from) / 30);
  const points: number[] = [];
  for (let i = 0; i <= steps; i++) {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    points.push(x + radiusX * Math.cos(angle), y + radiusY * Math.sin(angle));
  }
  return points;
}

/** For each digit the ways to write it, each a list of strokes. */
const shapes: readonly (readonly (readonly Stroke[])[])[] = [
  [[arc(0.5, 0.5, 0.4, 0.5, -90, 270)], [arc(0.5, 0.5, 0.3, 0.5, -60, 300)]],
  [
    [[0.5, 0, 0.5, 0.5, 0.5, 1]],
    [[0.5, 0, 0.5, 0.5, 0.5, 1]],
    [[0.3, 0.22, 0.5, 0, 0.5, 0.5, 0.5, 1]],
    [
      [0.3, 0.22, 0.5, 0, 0.5, 0.5, 0.5, 1],
      [0.25, 1, 0.75, 1],
    ],
  ],
  [
    [[...arc(0.48, 0.28, 0.34, 0.28, -170, 30), 0.12, 1, 0.9, 1]],
    [
      [
        ...arc(0.48, 0.28, 0.34, 0.28, -170, 50),
        ...[0.35, 0.85],
        ...arc(0.25, 0.88, 0.13, 0.12, 0, -300),
        ...[0.6, 0.95, 0.92, 0.9],
      ],
    ],
  ],
  [
    [[...arc(0.45, 0.25, 0.32, 0.25, -160, 80), ...arc(0.45, 0.74, 0.38, 0.26, -80, 160)]],
    [[0.15, 0, 0.8, 0, 0.45, 0.4, ...arc(0.45, 0.7, 0.36, 0.3, -80, 160)]],
  ],
  [
    [
      [0.25, 0, 0.15, 0.55, 0.5, 0.58, 0.85, 0.55],
      [0.78, 0, 0.72, 0.5, 0.68, 1],
    ],
    [
      [0.65, 0, 0.4, 0.3, 0.1, 0.65, 0.5, 0.66, 0.9, 0.65],
      [0.66, 0.05, 0.66, 0.5, 0.65, 1],
    ],
  ],
  [
    [[0.85, 0, 0.3, 0.02, 0.24, 0.42, ...arc(0.45, 0.7, 0.38, 0.3, -110, 150)]],
    [
      [0.3, 0, 0.26, 0.42, ...arc(0.45, 0.7, 0.36, 0.3, -110, 150)],
      [0.3, 0.02, 0.9, 0.02],
    ],
  ],
  [
    [[...arc(0.75, 0.7, 0.6, 0.7, -100, -180), ...arc(0.48, 0.72, 0.34, 0.28, 180, -180)]],
    [[0.5, 0, 0.3, 0.35, 0.2, 0.7, ...arc(0.48, 0.75, 0.28, 0.25, 180, -190)]],
  ],
  [
    [[0.1, 0.03, 0.85, 0, 0.6, 0.5, 0.4, 1]],
    [[0.1, 0.12, 0.15, 0, 0.85, 0.02, 0.55, 0.5, 0.45, 1]],
    [
      [0.1, 0.03, 0.85, 0, 0.6, 0.5, 0.4, 1],
      [0.3, 0.52, 0.85, 0.5],
    ],
  ],
  [
    [arc(0.5, 0.24, 0.28, 0.24, 90, 450), arc(0.5, 0.74, 0.34, 0.26, -90, 270)],
    [
      [
        ...arc(0.5, 0.25, 0.3, 0.25, -30, -270),
        ...arc(0.5, 0.75, 0.3, 0.25, -90, 180),
        ...[0.6, 0.45, 0.78, 0.15],
      ],
    ],
  ],
  [
    [[...arc(0.48, 0.27, 0.32, 0.27, 0, -360), 0.78, 0.6, 0.72, 1]],
    [[...arc(0.48, 0.27, 0.32, 0.27, -20, -380), ...arc(0.28, 0.45, 0.5, 0.55, 0, 100)]],
  ],
];
