import { readFile } from "node:fs/promises";
import { loadSet, type SetLoading } from "./loadSet.js";
import type { LoadOptions } from "./loadOptions.js";
import { mnistDatasetCacheFolder, mnistDatasetCachePath } from "./mnistDatasetCache.js";
import { mnist, type PublishedSet } from "./publishedSet.js";
import { verifyIdx } from "./verifyIdx.js";
import { writeFileAtomically } from "./writeFileAtomically.js";

/** What `fillMnistDatasetCache` did. */
export interface FilledCache {
  /** The package's cache. */
  folder: string;
  /** Files that were missing or wrong and have been written. */
  written: string[];
}

/**
 * Puts MNIST where the npm package mnist-dataset 0.0.1 keeps it, so that code written for that package
 * works though the host it downloads from is gone. Files there that verify are left alone; several
 * processes may do this at once.
 *
 * @param options where MNIST is looked for, as in `loadMnist`
 * @returns `null` if MNIST is not to be had: drawn digits are never put there
 * @throws {Error} if the cache cannot be written
 *
 * @example
 * await fillMnistDatasetCache();
 * const labels = await require("mnist-dataset").cache(require("mnist-dataset").testLabelsUrl);
 */
export async function fillMnistDatasetCache(options: LoadOptions = {}): Promise<FilledCache | null> {
  return fillCacheWith(mnist, await loadSet(mnist, options), options.cacheFolder);
}

/** The same with a data set that is loaded already. */
export async function fillCacheWith(
  set: PublishedSet,
  { found }: SetLoading,
  folder: string = mnistDatasetCacheFolder(),
): Promise<FilledCache | null> {
  if (found === null || set.cachedUnder === null) return null;
  const written: string[] = [];
  for (const file of set.files) {
    const path = mnistDatasetCachePath(folder, set.cachedUnder + file.name);
    const present = await readFile(path).catch(() => null);
    if (present !== null && verifyIdx(present, file) === null) continue;
    await writeFileAtomically(path, found.bytes[file.role]);
    written.push(path);
  }
  return { folder, written };
}
