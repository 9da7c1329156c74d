import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "../project.mjs";
import { readJson } from "../setup/stamp.mjs";

/**
 * Gives access to `results/` by name, those of notebooks and of studies. Results that were computed by other code than the
 * notebook or study has now are refused, as is every name they do not hold.
 *
 * @param {string} course the checkout with `results/` and `notebooks/`
 * @returns {{values(notebook: string, metric: string): number[], picture(notebook: string, figure: string): string}}
 *   `values`: a metric's numbers, one a seed; `picture`: the path of a figure's SVG
 */
export function openResults(course) {
  const { codeHash } = createRequire(import.meta.url)(join(root, "lib", "dist", "results", "codeHash.js"));
  const opened = new Map();

  function open(notebook) {
    const results = readJson(join(course, "results", `${notebook}.json`));
    if (results === undefined) {
      throw new RangeError(`Expected results of a notebook but found no results/${notebook}.json: npm run results writes it`);
    }
    if (hashOf(results) === results.codeHash) return results;
    const [what, command] = results.study ? ["study", "study"] : ["notebook", "results"];
    throw new RangeError(
      `Expected results of the ${what} as it is but found that results/${notebook}.json was computed by other code:` +
        ` run npm run ${command}`,
    );
  }
  /** Of the code that computes these results, as it is now. */
  function hashOf({ notebook, study }) {
    const file = study ? join(course, "studies", study) : join(course, "notebooks", notebook);
    if (!existsSync(file)) return undefined;
    const text = readFileSync(file, "utf8");
    return study ? createHash("sha256").update(text).digest("hex") : codeHash(JSON.parse(text));
  }
  const resultsOf = (notebook) => {
    if (!opened.has(notebook)) opened.set(notebook, open(notebook));
    return opened.get(notebook);
  };

  return {
    values(notebook, metric) {
      const values = resultsOf(notebook).runs.map(({ metrics, timings }) => metrics[metric] ?? timings?.[metric]);
      if (values.every((value) => typeof value === "number")) return values;
      throw new RangeError(`Expected a metric of results/${notebook}.json but found "${metric}"`);
    },
    picture(notebook, figure) {
      const { figures = [] } = resultsOf(notebook);
      const file = join(course, "results", notebook, `${figure}.svg`);
      if (figures.includes(figure) && existsSync(file)) return file;
      throw new RangeError(`Expected a figure of results/${notebook} (${figures.join(", ")}) but found "${figure}"`);
    },
  };
}
