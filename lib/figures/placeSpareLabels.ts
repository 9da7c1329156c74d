import { boxOf } from "./placeLabels.js";
import type { LabelledPoint, LabelPlace, Obstacle } from "./placeLabels.js";

const GAP = 8; // pixels between a point and its label

/**
 * Places labels that may be left out: each to the left of its point or above it, where it touches
 * nothing, or not at all. On that side of a Pareto front, size rising to the right, no other point lies.
 *
 * @param points what to label, the most important first.
 * @param bounds labels stay within.
 * @param obstacles what labels must not touch: markers, lines, other labels.
 * @returns where the label of each point goes, null for those that are left out.
 */
export function placeSpareLabels(
  points: readonly LabelledPoint[],
  bounds: Obstacle,
  obstacles: readonly Obstacle[],
): (LabelPlace | null)[] {
  const taken = [...obstacles];
  return points.map((point) => {
    for (const place of candidates(point)) {
      const box = boxOf(point, place);
      if (isWithin(box, bounds) && !taken.some((other) => touches(box, other))) {
        taken.push(box);
        return place;
      }
    }
    return null;
  });
}

function candidates({ width, height }: LabelledPoint): LabelPlace[] {
  const [left, up] = [-GAP - width / 2, -GAP - height / 2];
  const places = [
    [left, 0],
    [left, up / 2],
    [left, up],
    [left / 2, up],
    [0, up],
  ];
  return places.map(([dx, dy]) => ({ dx, dy, leader: false }));
}

function isWithin(box: Obstacle, bounds: Obstacle): boolean {
  return (
    box.left >= bounds.left &&
    box.right <= bounds.right &&
    box.top >= bounds.top &&
    box.bottom <= bounds.bottom
  );
}

function touches(a: Obstacle, b: Obstacle): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
