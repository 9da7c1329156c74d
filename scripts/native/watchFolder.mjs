import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Tells how far a program is that writes into a folder and says nothing itself.
 *
 * @param {string} folder may not be there yet
 * @param {(sizes: number[]) => void} report called twice a second with the size of each file below it, in bytes
 * @param {() => Promise<T>} work while which the folder is watched
 * @returns {Promise<T>} what `work` returns
 * @template T
 */
export async function watchFolder(folder, report, work) {
  report(sizesBelow(folder));
  const timer = setInterval(() => report(sizesBelow(folder)), 500);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

function sizesBelow(folder) {
  try {
    return readdirSync(folder, { recursive: true }).map((name) => sizeOf(join(folder, name)));
  } catch {
    return []; // not there yet, or it changed while it was read
  }
}

function sizeOf(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? stat.size : 0;
}
