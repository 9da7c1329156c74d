import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** Hash over the content of files (a missing one counts as such) and further words. */
export function fingerprint(files, ...words) {
  const sum = createHash("sha256");
  for (const file of files) sum.update(readText(file) ?? "missing").update("\0");
  for (const word of words) sum.update(word).update("\0");
  return sum.digest("hex");
}

/** The text of a file, undefined when there is none. */
export function readText(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** The value in a JSON file, undefined when there is none or it was not written to its end. */
export function readJson(file) {
  try {
    return JSON.parse(readText(file) ?? "");
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
