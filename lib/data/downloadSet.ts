import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { downloadFile } from "./downloadFile.js";
import type { LoadOptions } from "./loadOptions.js";
import { moveIntoPlace } from "./moveIntoPlace.js";
import { claimPart, releasePart, removeAbandonedParts } from "./partFile.js";
import type { PublishedFile, PublishedSet } from "./publishedSet.js";
import { readIdxFile } from "./readIdxFile.js";

/**
 * Downloads a data set into a folder. Each mirror is asked in turn for what is still missing; files
 * arrive under temporary names and are moved into place when all of them are verified. An interrupted
 * download is resumed by the next.
 *
 * @param set what to download
 * @param folder where to; files that are there already are replaced
 * @returns `null`, or what was wrong with each mirror
 * @throws {Error} if the folder cannot be written, or the reason of `options.signal`
 */
export async function downloadSet(
  set: PublishedSet,
  folder: string,
  options: LoadOptions = {},
): Promise<string[] | null> {
  const { mirrors = set.mirrors, onMessage } = options;
  const problems: string[] = [];
  const parts = new Map<PublishedFile, string>();
  try {
    for (const mirror of mirrors) {
      const problem = await downloadFrom(mirror, set, folder, parts, options);
      if (problem === null) {
        for (const [file, part] of parts) await moveIntoPlace(part, join(folder, file.name));
        parts.clear();
        for (const file of set.files) await removeAbandonedParts(join(folder, file.name));
        return null;
      }
      problems.push(problem);
      onMessage?.(problem);
    }
    return problems;
  } finally {
    for (const [file, part] of parts) await releasePart(join(folder, file.name), part);
  }
}

/** Adds to `parts` the files it lacks, and stops at the first the mirror cannot serve. */
async function downloadFrom(
  mirror: string,
  set: PublishedSet,
  folder: string,
  parts: Map<PublishedFile, string>,
  { connectTimeout = 6000, stallTimeout = 15_000, signal, onProgress }: LoadOptions,
): Promise<string | null> {
  const host = /^\w+:\/\/([^/]+)/.exec(mirror)?.[1] ?? mirror;
  for (const file of set.files) {
    if (parts.has(file)) continue;
    const target = join(folder, file.name);
    const url = `${mirror.replace(/\/$/, "")}/${file.name}`;
    const part = await claimPart(target);
    try {
      const fetchOptions = {
        connectTimeout,
        stallTimeout,
        signal,
        onProgress: (received: number, total: number | null): void =>
          onProgress?.({ dataset: set.name, file: file.name, url, received, total }),
      };
      let resumed = existsSync(part);
      if (!resumed || (await readIdxFile(part, file)).problem !== null) {
        for (;;) {
          const problem = await downloadFile(url, part, fetchOptions);
          if (problem !== null) return `${file.name} from ${host}: ${problem}`;
          const wrong = (await readIdxFile(part, file)).problem;
          if (wrong === null) break;
          await rm(part);
          // The beginning may have come from another mirror whose bytes differ.
          if (!resumed) return `${file.name} from ${host}: wrong bytes, ${wrong}`;
          resumed = false;
        }
      }
      parts.set(file, part);
    } finally {
      if (!parts.has(file)) await releasePart(target, part);
    }
  }
  return null;
}
