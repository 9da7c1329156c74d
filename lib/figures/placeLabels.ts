/** A point to label, in pixels from the top left of the chart. */
export interface LabelledPoint {
  readonly x: number;
  readonly y: number;
  /** Size of the label. */
  readonly width: number;
  readonly height: number;
}

/** A rectangle in pixels that labels keep clear of: its corners. */
export interface Obstacle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Where a label goes: its centre, relative to its point. */
export interface LabelPlace {
  dx: number;
  dy: number;
  /** True if the label is so far off that it needs a line to its point. */
  leader: boolean;
}

const MARKER = 7; // half the side of the square around a point that stays clear
const GAPS = [9, 22, 40, 62]; // pixels between a point and its label, nearest first
// Directions to try, best first: right, left, above, below, then the corners.
const DIRECTIONS = [
  [1, 0],
  [-1, 0],
  [0, -1],
  [0, 1],
  [1, -1],
  [1, 1],
  [-1, -1],
  [-1, 1],
] as const;
const SWEEPS = 12;

/**
 * Places labels next to points so that they cover neither each other nor points, as near as possible.
 *
 * Each label tries 8 directions at 4 distances; the cheapest place is taken, over and over for all
 * labels, until none moves (coordinate descent from the all-right start; deterministic).
 *
 * @param points what to label; labels that need no place have width 0.
 * @param bounds labels stay within.
 * @param obstacles what labels should not cover, such as lines and error bars.
 */
export function placeLabels(
  points: readonly LabelledPoint[],
  bounds: Obstacle,
  obstacles: readonly Obstacle[] = [],
): LabelPlace[] {
  const places = points.map((point) => candidates(point)[0]);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let moved = false;
    points.forEach((point, index) => {
      let best = places[index];
      let lowest = cost(index, best);
      for (const place of candidates(point)) {
        const price = cost(index, place);
        if (price < lowest - 1e-9) [best, lowest] = [place, price];
      }
      if (best !== places[index]) moved = true;
      places[index] = best;
    });
    if (!moved) break;
  }
  return places.map(({ dx, dy, leader }) => ({ dx, dy, leader }));

  function cost(index: number, place: Candidate): number {
    const box = boxOf(points[index], place);
    let sum = place.preference;
    sum += 50 * outside(box, bounds);
    points.forEach((other, at) => {
      const marker = {
        left: other.x - MARKER,
        top: other.y - MARKER,
        right: other.x + MARKER,
        bottom: other.y + MARKER,
      };
      sum += 10 * overlap(box, marker);
      if (at !== index) sum += 10 * overlap(box, boxOf(other, places[at]));
    });
    for (const obstacle of obstacles) sum += 2 * overlap(box, obstacle);
    if (place.leader) sum += 10 * leaderCrossings(index, place);
    return sum;
  }

  // How many of the other labels the line from the point to its label runs into.
  function leaderCrossings(index: number, place: Candidate): number {
    const { x, y } = points[index];
    let crossings = 0;
    points.forEach((other, at) => {
      if (at === index) return;
      const box = boxOf(other, places[at]);
      for (let share = 0.1; share < 1; share += 0.1) {
        const [px, py] = [x + place.dx * share, y + place.dy * share];
        if (px > box.left && px < box.right && py > box.top && py < box.bottom) crossings++;
      }
    });
    return crossings;
  }
}

interface Candidate extends LabelPlace {
  preference: number;
}

function candidates({ width, height }: LabelledPoint): Candidate[] {
  return GAPS.flatMap((gap, distance) =>
    DIRECTIONS.map(([right, down], direction) => {
      const corner = right !== 0 && down !== 0;
      const reach = corner ? gap * 0.7 : gap;
      return {
        dx: right * (reach + width / 2),
        dy: down * (reach + height / 2),
        leader: distance > 0,
        preference: distance * 60 + direction * 3,
      };
    }),
  );
}

/** The rectangle that a label takes at a place. */
export function boxOf({ x, y, width, height }: LabelledPoint, { dx, dy }: LabelPlace): Obstacle {
  return {
    left: x + dx - width / 2,
    right: x + dx + width / 2,
    top: y + dy - height / 2,
    bottom: y + dy + height / 2,
  };
}

function overlap(a: Obstacle, b: Obstacle): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

function outside(box: Obstacle, bounds: Obstacle): number {
  const over = [
    bounds.left - box.left,
    bounds.top - box.top,
    box.right - bounds.right,
    box.bottom - bounds.bottom,
  ];
  return over.reduce((sum, length) => sum + Math.max(0, length) * 20, 0);
}
