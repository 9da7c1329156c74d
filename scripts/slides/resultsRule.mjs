import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { formatNumber } from "./formatNumber.mjs";
import { openResults } from "./openResults.mjs";

const pictureTypes = { ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg" };
const number = /\{\{([^{}:]+):([^{}]+) as ([^{}]+)\}\}/g;
/** Where numbers stand; code is left alone. */
const written = ["text", "html_inline", "html_block", "marp_math_inline", "marp_math_block", "marpit_comment"];

/**
 * The markdown-it rule that puts results into a deck, and every picture into the page itself:
 *
 * - `{{06-qap-mnist-binary: qap.accuracy as percent 2}}` becomes the mean over the seeds (see `formatNumber`), in notes too;
 *   `a / b` and `a - b` of two metrics are computed seed by seed
 * - `![](results:06-qap-mnist-binary/sweep-map)` becomes that figure
 * - `![](drawings/tree.svg)` becomes the drawing, whose path is relative to `slides/`
 *
 * @param md a markdown-it with Marpit's rules
 * @param {string} course the checkout
 * @param {(faults: string[]) => void} onFaults called when rendering has found names that are not there: the slide, and
 *   what was found. What it does not throw for stays as it is written
 */
export function resultsRule(md, course, onFaults) {
  md.core.ruler.after("marpit_slide", "course_results", ({ tokens }) => {
    const results = openResults(course);
    const titles = [];
    const faults = [];
    let slide = 0;
    const attempt = (work) => {
      try {
        return work();
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        faults.push({ slide, message: error.message });
      }
    };

    for (const [index, token] of tokens.entries()) {
      if (token.type === "marpit_slide_open") slide = token.meta.marpitSlide + 1;
      for (const part of [token, ...(token.children ?? [])]) {
        if (part.type === "image") attempt(() => embed(part, results, course));
        if (written.includes(part.type)) attempt(() => (part.content = fillIn(part, results)));
      }
      if (tokens[index - 1]?.type === "heading_open") titles[slide] ??= token.children.map(({ content }) => content).join("");
    }
    const lines = faults.map((fault) => `${nameSlide(fault.slide, titles[fault.slide])}: ${fault.message}`);
    if (lines.length > 0) onFaults([...new Set(lines)]);
  });
}

/** How messages name a slide, by number and title. */
export function nameSlide(slide, title = "") {
  return title === "" ? `slide ${slide}` : `slide ${slide} "${title}"`;
}

function fillIn({ type, content }, results) {
  const filled = content.replace(number, (_, notebook, metric, format) => {
    const [first, operator, second] = metric.trim().split(/ ([/-]) /);
    const values = results.values(notebook.trim(), first);
    if (operator === undefined) return formatNumber(values, format.trim());
    const others = results.values(notebook.trim(), second);
    const combined = values.map((value, i) => (operator === "/" ? value / others[i] : value - others[i]));
    return formatNumber(combined, format.trim());
  });
  const left = (type.startsWith("marp_math") ? /\{\{\d\d-.*/ : /\{\{.*/).exec(filled); // TeX may hold two braces
  if (left === null) return filled;
  throw new RangeError(`Expected {{notebook: metric as format}} but found ${left[0].slice(0, 60)}`);
}

function embed(image, results, course) {
  const source = decodeURI(image.attrGet("src"));
  const file = findPicture(source, results, course);
  const data = `data:${pictureTypes[extname(file)]};base64,${readFileSync(file).toString("base64")}`;
  image.attrSet("src", data);
  image.meta.marpitImage.url = data; // of a background
}

function findPicture(source, results, course) {
  const [, notebook, figure] = /^results:([^/]+)\/([^/]+)$/.exec(source) ?? [];
  if (notebook !== undefined) return results.picture(notebook, figure);
  const file = join(course, "slides", source);
  if (Object.hasOwn(pictureTypes, extname(source)) && existsSync(file)) return file;
  throw new RangeError(`Expected a picture below slides/ (svg, png, jpg) or results:notebook/figure but found "${source}"`);
}
