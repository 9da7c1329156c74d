import { pathPoints, type Point } from "./pathPoints.js";
import { textBox, type Box } from "./textBox.js";

type Matrix = readonly [number, number, number, number, number, number]; // as SVG's matrix(a b c d e f)

const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];
const EMPTY: Box = { x: 0, y: 0, width: 0, height: 0 };

/**
 * Gives the box of an SVG element in its own coordinates, as a browser's `getBBox` does. Curves count
 * with their end and control points; Plotly measures texts and legends, which have none.
 */
export function boundingBox(element: Element): Box {
  return union(corners(element, IDENTITY));
}

/**
 * Gives the box of an element in the coordinates of the whole page, as `getBoundingClientRect` does.
 */
export function pageBox(element: Element): Box {
  const chain: Element[] = [];
  for (let at: Element | null = element; at !== null; at = at.parentElement) chain.unshift(at);
  return union(corners(element, chain.map(transformOf).reduce(multiply, IDENTITY)));
}

function corners(element: Element, matrix: Matrix): Point[] {
  switch (element.tagName.toLowerCase()) {
    case "text":
    case "tspan":
      return boxCorners(textBox(element), matrix);
    case "rect":
    case "image": {
      const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => attribute(element, name));
      return boxCorners({ x, y, width, height }, matrix);
    }
    case "circle": {
      const [x, y, radius] = ["cx", "cy", "r"].map((name) => attribute(element, name));
      return boxCorners({ x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius }, matrix);
    }
    case "path":
      return pathPoints(element.getAttribute("d") ?? "").map((point) => apply(matrix, point));
    case "g":
    case "svg":
      return [...element.children].flatMap((child) => corners(child, multiply(matrix, transformOf(child))));
    default:
      return [];
  }
}

function transformOf(element: Element): Matrix {
  let matrix = IDENTITY;
  for (const [, name, list] of (element.getAttribute("transform") ?? "").matchAll(/(\w+)\(([^)]*)\)/g)) {
    matrix = multiply(matrix, transformStep(name, list.split(/[\s,]+/).map(Number)));
  }
  return matrix;
}

function transformStep(name: string, numbers: readonly number[]): Matrix {
  const [a, b = 0, c = 0] = numbers;
  switch (name) {
    case "translate":
      return [1, 0, 0, 1, a, b];
    case "scale":
      return [a, 0, 0, numbers.length > 1 ? b : a, 0, 0];
    case "rotate": {
      const angle = (a * Math.PI) / 180;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      return [cos, sin, -sin, cos, b - cos * b + sin * c, c - sin * b - cos * c];
    }
    case "matrix":
      return numbers as unknown as Matrix;
    default:
      return IDENTITY;
  }
}

function multiply(first: Matrix, second: Matrix): Matrix {
  const [a, b, c, d, e, f] = first;
  const [g, h, i, j, k, l] = second;
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

function apply([a, b, c, d, e, f]: Matrix, [x, y]: Point): Point {
  return [a * x + c * y + e, b * x + d * y + f];
}

function boxCorners({ x, y, width, height }: Box, matrix: Matrix): Point[] {
  const points: Point[] = [
    [x, y],
    [x + width, y],
    [x, y + height],
    [x + width, y + height],
  ];
  return points.map((point) => apply(matrix, point));
}

function union(points: readonly Point[]): Box {
  if (points.length === 0) return EMPTY;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function attribute(element: Element, name: string): number {
  return Number.parseFloat(element.getAttribute(name) ?? "0");
}
