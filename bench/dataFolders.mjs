import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "../scripts/project.mjs";
import { SetupError } from "../scripts/setup/setupError.mjs";

const require = createRequire(import.meta.url);

/**
 * Where the data sets are: every program reads the same files.
 *
 * @param {string[]} names "MNIST", "Fashion-MNIST" or "random", which has no folder
 * @returns {Promise<Map<string, string | null>>}
 * @throws {SetupError} when a set is not there
 */
export async function dataFolders(names) {
  const { findSet } = require("tfjs-compression/dist/data/findSet.js");
  const { publishedSets } = require("tfjs-compression/dist/data/publishedSet.js");
  const folders = new Map();
  for (const name of new Set(names)) {
    const set = publishedSets.find((published) => published.name === name);
    folders.set(name, set === undefined ? null : await folderOf(set, (await findSet(set)).found));
  }
  return folders;
}

/**
 * The folder of a data set. The cache of mnist-dataset has names of its own for the files, which only its package
 * knows: from there they are written into a folder where every program finds them.
 *
 * @param {import("tfjs-compression/dist/data/publishedSet.js").PublishedSet} set
 * @param {import("tfjs-compression/dist/data/findSet.js").FoundSet | null} found
 * @param {string} [copies] holds such folders
 * @throws {SetupError} when the set was not found
 */
export async function folderOf(set, found, copies = join(root, "build", "bench")) {
  if (found === null) {
    throw new SetupError(`The files of ${set.name} are not here.`, [
      `Put them into data/${set.folder} (see data/README.md), or name their folder in COMPRESSION_DATA.`,
    ]);
  }
  if (found.source !== "mnist-dataset cache") return found.folder;
  const { writeFileAtomically } = require("tfjs-compression/dist/data/writeFileAtomically.js");
  const folder = join(copies, set.folder);
  for (const { name, role } of set.files) await writeFileAtomically(join(folder, name.replace(".gz", "")), found.bytes[role]);
  return folder;
}
