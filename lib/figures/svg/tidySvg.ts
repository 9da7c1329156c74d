import { filledRectangles } from "./recordingCanvas.js";

// What only matters to the mouse, or to one browser.
const NEEDLESS = /^(?:pointer-events|cursor|user-select|white-space|vector-effect|-\w+-.*)$/;
const DEFAULTS: Readonly<Record<string, string>> = {
  opacity: "1",
  "stroke-opacity": "1",
  "fill-opacity": "1",
  "font-style": "normal",
  "font-variant": "normal",
  "font-weight": "normal",
  visibility: "visible",
};
const LONG_NUMBER = /\d+\.\d{3,}/g;
const NAMESPACE = "http://www.w3.org/2000/svg";

/**
 * Makes Plotly's SVG small and self-contained: heatmap cells become rectangles; groups that hold
 * nothing, shapes that cannot be seen and attributes that change nothing go.
 *
 * @param label what a screen reader says.
 */
export function tidySvg(document: Document, label: string): string {
  const root = document.documentElement;
  for (const image of [...root.querySelectorAll("image")]) drawCells(image);
  for (const element of [...root.querySelectorAll("*")]) {
    if (isInvisible(element)) element.remove();
    else tidyAttributes(element);
  }
  shareFont(root);
  // Children come after their parents: going backwards empties the inner groups first.
  for (const group of [...root.querySelectorAll("g, defs")].reverse()) {
    if (group.childNodes.length === 0) group.remove();
    else if (group.attributes.length === 0 && group.localName === "g") group.replaceWith(...group.childNodes);
  }
  for (const parent of [root, ...root.querySelectorAll("g")]) shareStyles(parent);
  root.removeAttribute("class");
  root.setAttribute("role", "img");
  root.setAttribute("aria-label", label);
  root.setAttribute("viewBox", `0 0 ${root.getAttribute("width")} ${root.getAttribute("height")}`);
  return `${root.outerHTML}\n`;
}

function drawCells(image: Element): void {
  const cells = filledRectangles(image.getAttribute("xlink:href") ?? "");
  if (cells === null) return;
  const group = image.ownerDocument.createElementNS(NAMESPACE, "g");
  group.setAttribute("transform", `translate(${image.getAttribute("x")},${image.getAttribute("y")})`);
  group.setAttribute("shape-rendering", "crispEdges");
  for (const { x, y, width, height, color } of cells) {
    const cell = image.ownerDocument.createElementNS(NAMESPACE, "rect");
    // Plotly may run from right to left or from bottom to top.
    cell.setAttribute("x", String(Math.min(x, x + width)));
    cell.setAttribute("y", String(Math.min(y, y + height)));
    cell.setAttribute("width", String(Math.abs(width)));
    cell.setAttribute("height", String(Math.abs(height)));
    cell.setAttribute("fill", shortColor(color));
    group.append(cell);
  }
  image.replaceWith(group);
}

function isInvisible(element: Element): boolean {
  const style = element.getAttribute("style") ?? "";
  if (element.localName === "path" && /^(?:|M0,0Z)$/.test(element.getAttribute("d") ?? "")) return true;
  if (/(?:^|;\s?)opacity: 0;/.test(style)) return true;
  return /fill-opacity: 0;/.test(style) && /stroke-opacity: 0;|stroke-width: 0(?:px)?;/.test(style);
}

function tidyAttributes(element: Element): void {
  for (const name of ["class", "data-unformatted", "data-math", "data-notex", "data-index"]) {
    element.removeAttribute(name);
  }
  if (element.localName === "defs") element.removeAttribute("id");
  const style = tidyStyle(element.getAttribute("style") ?? "");
  if (style === "") element.removeAttribute("style");
  else element.setAttribute("style", style);
  const transform = element.getAttribute("transform")?.replace(/rotate\(0(?:,[^)]*)?\)/, "");
  if (transform === "") element.removeAttribute("transform");
  else if (transform !== undefined) element.setAttribute("transform", transform);
  for (const name of ["d", "transform", "x", "y", "width", "height"]) {
    const value = element.getAttribute(name);
    if (value === null) continue;
    element.setAttribute(
      name,
      value.replace(LONG_NUMBER, (number) => String(Number(Number(number).toFixed(2)))),
    );
  }
}

function tidyStyle(style: string): string {
  const declarations = new Map<string, string>(); // of a name that is given twice the last counts
  for (const declaration of style.split(";")) {
    const colon = declaration.indexOf(":");
    if (colon < 0) continue;
    const [name, value] = [declaration.slice(0, colon).trim(), declaration.slice(colon + 1).trim()];
    if (!NEEDLESS.test(name) && DEFAULTS[name] !== value) declarations.set(name, shortColor(value));
  }
  return [...declarations].map(([name, value]) => `${name}: ${value};`).join(" ");
}

// The font family most texts have is said once.
function shareFont(root: Element): void {
  const pattern = /font-family: ([^;]*);\s?/;
  const texts = [...root.querySelectorAll("text")];
  const family = pattern.exec(texts[0]?.getAttribute("style") ?? "")?.[1];
  if (family === undefined) {
    root.removeAttribute("style");
    return;
  }
  for (const text of texts) {
    const style = text.getAttribute("style") ?? "";
    if (pattern.exec(style)?.[1] === family) text.setAttribute("style", style.replace(pattern, ""));
  }
  root.setAttribute("style", `font-family: ${family};`);
}

// Neighbours of one style, such as the bars of a histogram, get it from a group around them.
function shareStyles(parent: Element): void {
  const children = [...parent.children];
  for (let start = 0, end = 0; start < children.length; start = end) {
    const style = children[start].getAttribute("style");
    end = start + 1;
    while (end < children.length && children[end].getAttribute("style") === style) end++;
    // The opacity of a group is not that of its members.
    if (end - start < 3 || style === null || /(?:^|\s)opacity:/.test(style)) continue;
    const group = parent.ownerDocument.createElementNS(NAMESPACE, "g");
    group.setAttribute("style", style);
    children[start].before(group);
    for (const child of children.slice(start, end)) {
      child.removeAttribute("style");
      group.append(child);
    }
  }
}

// Hexadecimal is shorter, and SVG 1.1 viewers do not know rgba().
function shortColor(text: string): string {
  return text.replace(/rgba?\(([\d.]+), ?([\d.]+), ?([\d.]+)(?:, ?1)?\)/g, (_, ...parts: string[]) => {
    const channels = parts.slice(0, 3).map((part) => Math.round(Number(part)));
    return "#" + channels.map((value) => value.toString(16).padStart(2, "0")).join("");
  });
}
