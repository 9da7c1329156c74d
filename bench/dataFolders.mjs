import { createRequire } from "node:module";
import { SetupError } from "../scripts/setup/setupError.mjs";

/**
 * Where the data sets are: every program reads the same files.
 *
 * @param {string[]} names "MNIST", "Fashion-MNIST" or "random", which has no folder
 * @returns {Promise<Map<string, string | null>>}
 * @throws {SetupError} when a set is not there
 */
export async function dataFolders(names) {
  const require = createRequire(import.meta.url);
  const { findSet } = require("tfjs-compression/dist/data/findSet.js");
  const { publishedSets } = require("tfjs-compression/dist/data/publishedSet.js");
  const folders = new Map();
  for (const name of new Set(names)) {
    const set = publishedSets.find((published) => published.name === name);
    const { found } = set === undefined ? { found: { folder: null } } : await findSet(set);
    // The cache of mnist-dataset has names of its own, which only its package knows.
    if (found === null || found.source === "mnist-dataset cache") {
      throw new SetupError(`The files of ${name} are not here.`, [
        `Put them into data/${set.folder} (see data/README.md), or name their folder in COMPRESSION_DATA.`,
      ]);
    }
    folders.set(name, found.folder);
  }
  return folders;
}
