import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../project.mjs";

/** The names of the tests in a file that is not run, as they stand there. */
export function titlesIn(file) {
  const text = readFileSync(join(root, file), "utf8");
  const titles = [...text.matchAll(/^\s*(?:await )?(?:\w+\.)?(?:test|it)\(\s*(["'`])(.*?)\1/gm)].map(
    ([, , title]) => title,
  );
  return titles.length > 0 ? titles : ["all its tests"];
}
