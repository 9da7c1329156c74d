/** Horizontal and vertical position in pixels. */
export type Point = readonly [number, number];

/** Gives the points an SVG path goes through; of curves the end and control points. */
export function pathPoints(path: string): Point[] {
  const points: Point[] = [];
  let [x, y] = [0, 0];
  for (const [, command, list] of path.matchAll(/([a-zA-Z])([^a-zA-Z]*)/g)) {
    const numbers = (list.match(/-?\d*\.?\d+(?:e[-+]?\d+)?/g) ?? []).map(Number);
    const relative = command === command.toLowerCase();
    const [baseX, baseY] = relative ? [x, y] : [0, 0];
    switch (command.toUpperCase()) {
      case "H":
        for (const value of numbers) points.push([(x = baseX + value), y]);
        break;
      case "V":
        for (const value of numbers) points.push([x, (y = baseY + value)]);
        break;
      case "A": // the last two of seven numbers are the end point
        for (let at = 5; at < numbers.length; at += 7) {
          points.push([(x = baseX + numbers[at]), (y = baseY + numbers[at + 1])]);
        }
        break;
      default:
        for (let at = 0; at + 1 < numbers.length; at += 2) {
          points.push([(x = baseX + numbers[at]), (y = baseY + numbers[at + 1])]);
        }
    }
  }
  return points;
}

/** Gives the point `length` pixels along a path of straight lines, or its end. */
export function pointAlong(path: string, length: number): Point {
  const points = pathPoints(path);
  let left = length;
  for (let index = 1; index < points.length; index++) {
    const [from, to] = [points[index - 1], points[index]];
    const step = distance(from, to);
    if (left <= step && step > 0) {
      return [from[0] + ((to[0] - from[0]) * left) / step, from[1] + ((to[1] - from[1]) * left) / step];
    }
    left -= step;
  }
  return points.at(-1) ?? [0, 0];
}

/** Gives the length in pixels of a path of straight lines. */
export function pathLength(path: string): number {
  const points = pathPoints(path);
  return points.slice(1).reduce((sum, point, index) => sum + distance(points[index], point), 0);
}

function distance([x0, y0]: Point, [x1, y1]: Point): number {
  return Math.hypot(x1 - x0, y1 - y0);
}
