import { textWidth } from "../textWidth.js";

/** A rectangle in pixels. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

// Of Arial, in parts of the font size.
const ASCENT = 0.905;
const DESCENT = 0.212;
const LINE_HEIGHT = 1.3; // as Plotly sets lines apart

/**
 * Gives the box of an SVG `<text>` or `<tspan>` from its attributes, as a browser's `getBBox` would.
 * Plotly puts each line of a text in a `<tspan class="line">`.
 */
export function textBox(element: Element): Box {
  const size = fontSize(element);
  const lines = [...element.querySelectorAll("tspan.line")];
  const widths = (lines.length > 0 ? lines : [element]).map(lineWidth);
  const width = Math.max(...widths);
  const anchor = inherited(element, "text-anchor") ?? "start";
  const x = Number(element.getAttribute("x") ?? 0);
  const y = Number(element.getAttribute("y") ?? 0);
  return {
    x: x - (anchor === "middle" ? width / 2 : anchor === "end" ? width : 0),
    y: y - ASCENT * size,
    width,
    height: (ASCENT + DESCENT + (widths.length - 1) * LINE_HEIGHT) * size,
  };
}

/** Gives the width of the text in an element, the sum of its pieces with their own sizes and weights. */
export function lineWidth(element: Element): number {
  let sum = 0;
  for (const node of element.childNodes) {
    if (node.nodeType === 1) sum += lineWidth(node as Element);
    else sum += textWidth(node.textContent ?? "", fontSize(element), isBold(element));
  }
  return sum;
}

function fontSize(element: Element): number {
  const own = property(element, "font-size");
  if (own === null) return element.parentElement === null ? 12 : fontSize(element.parentElement);
  const number = Number.parseFloat(own);
  return own.endsWith("%") && element.parentElement !== null
    ? (fontSize(element.parentElement) * number) / 100
    : number;
}

function isBold(element: Element): boolean {
  const weight = inherited(element, "font-weight");
  return weight === "bold" || Number(weight) >= 600;
}

function inherited(element: Element, name: string): string | null {
  for (let at: Element | null = element; at !== null; at = at.parentElement) {
    const value = property(at, name);
    if (value !== null) return value;
  }
  return null;
}

function property(element: Element, name: string): string | null {
  const match = new RegExp(`(?:^|;)\\s*${name}\\s*:\\s*([^;]+)`).exec(element.getAttribute("style") ?? "");
  return match === null ? element.getAttribute(name) : match[1].trim();
}
