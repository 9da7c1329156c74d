import type { DataSource } from "./dataset.js";
import { fillCacheWith } from "./fillMnistDatasetCache.js";
import type { LoadOptions } from "./loadOptions.js";
import { loadSet } from "./loadSet.js";
import { fashionMnist, mnist } from "./publishedSet.js";

/** What `prepareData` found out about a data set. */
export interface PreparedSet {
  /** "MNIST" or "Fashion-MNIST". */
  name: string;
  /** Where the loader takes it from; "drawn": digits drawn by a program stand in. */
  source: DataSource;
  /** Folder of the files, `null` for drawn digits. */
  folder: string | null;
  /** Why the real data is not to be had, `null` if it is there. */
  reason: string | null;
}

/**
 * Makes both data sets ready, for the set-up: finds or downloads and verifies them, and fills the cache
 * of the package mnist-dataset. Without data and network it goes on with drawn digits.
 *
 * @param options where to look and how to download, as in `loadMnist`
 * @throws {Error} if a file is corrupt, truncated or missing; names the file and the cure
 *
 * @example
 * for (const { name, source } of await prepareData()) console.log(name, source);
 */
export async function prepareData(options: LoadOptions = {}): Promise<PreparedSet[]> {
  const prepared: PreparedSet[] = [];
  for (const set of [mnist, fashionMnist]) {
    const loading = await loadSet(set, options);
    const { found, reason } = loading;
    const source = found?.source ?? "drawn";
    prepared.push({ name: set.name, source, folder: found?.folder ?? null, reason });
    try {
      await fillCacheWith(set, loading, options.cacheFolder);
    } catch (error) {
      // A service for old code, on a disk that may be full or somebody else's: not worth stopping for.
      options.onMessage?.(`The cache of mnist-dataset could not be filled: ${(error as Error).message}`);
    }
  }
  return prepared;
}
