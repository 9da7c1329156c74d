import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Folder in which the npm package mnist-dataset keeps what it has downloaded. */
export function mnistDatasetCacheFolder(): string {
  return join(tmpdir(), "mnist-dataset");
}

/** Path at which mnist-dataset 0.0.1 keeps the raw IDX file of an address: the address's md5. */
export function mnistDatasetCachePath(cacheFolder: string, url: string): string {
  return join(cacheFolder, createHash("md5").update(url).digest("hex"));
}
