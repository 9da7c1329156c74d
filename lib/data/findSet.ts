import { statSync, type Stats } from "node:fs";
import { join, resolve } from "node:path";
import { checkoutFolder } from "./checkoutFolder.js";
import type { DataSource } from "./dataset.js";
import type { LoadOptions } from "./loadOptions.js";
import { mnistDatasetCacheFolder, mnistDatasetCachePath } from "./mnistDatasetCache.js";
import { publishedSets, type FileRole, type PublishedFile, type PublishedSet } from "./publishedSet.js";
import { readIdxFile } from "./readIdxFile.js";

/** The verified, decompressed files of a data set. */
export interface FoundSet {
  source: DataSource;
  folder: string;
  bytes: Record<FileRole, Uint8Array>;
}

/** What looking for a data set on this machine came to. */
export interface Search {
  /** The data set, `null` if it is in none of the places. */
  found: FoundSet | null;
  /** Folders that were looked in. */
  places: string[];
  /** Something wrong that a download would mend, `null` if there is nothing of the kind. */
  problem: Error | null;
}

interface Place {
  source: DataSource;
  folder: string;
  /** What to do about a file there that is wrong or missing. */
  cure: string;
}

/**
 * Looks for a data set on this machine: in the folder named by COMPRESSION_DATA, in `data/` of the
 * checkout, in `shared/data` beside the checkout, in the cache of the package mnist-dataset. A place
 * holds the files gzipped or plain, in a folder with the set's name or directly.
 *
 * @throws {Error} if a file is not what was published, or if a folder that somebody filled by hand
 *   lacks some of the four files; says which file, what was expected and found, and the cure
 */
export async function findSet(set: PublishedSet, options: LoadOptions = {}): Promise<Search> {
  const places = placesToLook(options);
  const search: Search = { found: null, places: places.map((place) => place.folder), problem: null };
  for (const place of places) {
    if (place.source === "environment" && !isFolder(place.folder)) {
      throw new Error(
        `Expected a folder at ${place.folder}, named by COMPRESSION_DATA, but found none. ${place.cure}`,
      );
    }
    for (const folder of [join(place.folder, set.folder), place.folder]) {
      const present = set.files.map((file) => ({ file, path: pathIn(folder, file) }));
      if (present.every(({ path }) => path === null)) continue;
      // Both sets use the same names: files directly in the place may be the other set's.
      if (folder === place.folder && (await holdsAnotherSet(set, present))) continue;
      const missing = present.find(({ path }) => path === null);
      if (missing) {
        const error = new Error(
          `${set.name} in ${folder} is incomplete: expected ${missing.file.name}, found no such file, ` +
            `neither gzipped nor plain. ${place.cure}`,
        );
        // Our own download puts this right.
        if (place.source !== "checkout") throw error;
        search.problem ??= error;
        continue;
      }
      const bytes = await readAll(set, place, present as { file: PublishedFile; path: string }[]);
      search.found = { source: place.source, folder, bytes };
      return search;
    }
  }
  if (set.cachedUnder !== null) {
    await searchCache(set, set.cachedUnder, options.cacheFolder ?? mnistDatasetCacheFolder(), search);
  }
  return search;
}

function placesToLook(options: LoadOptions): Place[] {
  const { folder = process.env["COMPRESSION_DATA"], checkout = checkoutFolder() } = options;
  const data = join(checkout, "data");
  const places: Place[] = [
    {
      source: "checkout",
      folder: data,
      cure: 'Delete the file, if it is there, and run "npm start" with a network: it is downloaded anew.',
    },
    {
      source: "share",
      folder: resolve(checkout, "..", "shared", "data"),
      cure: `Tell whoever keeps this folder, or put the four files into ${data}, which is looked in first.`,
    },
  ];
  if (folder) {
    places.unshift({
      source: "environment",
      folder: resolve(folder),
      cure: "Put the data there, or unset the variable COMPRESSION_DATA, which names this folder.",
    });
  }
  return places;
}

function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() ?? false;
}

function isFile(path: string): boolean {
  return statOf(path)?.isFile() ?? false;
}

/** `null` if nothing is there; that something is there but must not be read is an error. */
function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch (error) {
    if (/^(ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

/** Path of a file under one of the names it goes by, `null` if it is not there. */
function pathIn(folder: string, { name }: PublishedFile): string | null {
  const dotted = name.replace("-idx", ".idx");
  for (const candidate of [name, name.replace(".gz", ""), dotted, dotted.replace(".gz", "")]) {
    const path = join(folder, candidate);
    if (isFile(path)) return path;
  }
  return null;
}

async function holdsAnotherSet(
  set: PublishedSet,
  present: readonly { file: PublishedFile; path: string | null }[],
): Promise<boolean> {
  const { file, path } = present.find((entry) => entry.path !== null)!;
  for (const other of publishedSets) {
    if (other === set) continue;
    const sameRole = other.files.find(({ role }) => role === file.role)!;
    if ((await readIdxFile(path!, sameRole)).problem === null) return true;
  }
  return false;
}

async function readAll(
  set: PublishedSet,
  place: Place,
  entries: readonly { file: PublishedFile; path: string }[],
): Promise<Record<FileRole, Uint8Array>> {
  const bytes: Partial<Record<FileRole, Uint8Array>> = {};
  await Promise.all(
    entries.map(async ({ file, path }) => {
      const reading = await readIdxFile(path, file);
      if (reading.bytes === null) {
        throw new Error(`${path} is not ${set.name}'s ${file.name}: ${reading.problem}. ${place.cure}`);
      }
      bytes[file.role] = reading.bytes;
    }),
  );
  return bytes as Record<FileRole, Uint8Array>;
}

/** The package asks for one file at a time and may be interrupted: an incomplete cache is no fault. */
async function searchCache(
  set: PublishedSet,
  address: string,
  folder: string,
  search: Search,
): Promise<void> {
  search.places.push(folder);
  const entries = set.files.map((file) => ({
    file,
    path: mnistDatasetCachePath(folder, address + file.name),
  }));
  if (!entries.every(({ path }) => isFile(path))) return;
  const place: Place = {
    source: "mnist-dataset cache",
    folder,
    cure: "Delete the file: it is a cache of the package mnist-dataset, which is filled again.",
  };
  try {
    search.found = { source: place.source, folder, bytes: await readAll(set, place, entries) };
  } catch (error) {
    search.problem ??= error as Error;
  }
}
