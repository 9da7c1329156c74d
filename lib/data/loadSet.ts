import { join } from "node:path";
import { checkoutFolder } from "./checkoutFolder.js";
import { downloadSet } from "./downloadSet.js";
import { findSet, type FoundSet } from "./findSet.js";
import type { LoadOptions } from "./loadOptions.js";
import type { PublishedSet } from "./publishedSet.js";

/** A data set, or a sentence why the real one is not to be had. */
export type SetLoading = { found: FoundSet; reason: null } | { found: null; reason: string };

/**
 * Finds a data set on this machine, else downloads it into `data/` of the checkout.
 *
 * @throws {Error} if files on this machine are not what was published and cannot be mended
 */
export async function loadSet(set: PublishedSet, options: LoadOptions = {}): Promise<SetLoading> {
  const search = await findSet(set, options);
  if (search.found) return { found: search.found, reason: null };
  let reason = `${set.name} is in none of ${search.places.join(", ")}`;
  if (options.download ?? true) {
    const data = join(options.checkout ?? checkoutFolder(), "data");
    const problems = await download(set, join(data, set.folder), options);
    if (problems === null) {
      const { found } = await findSet(set, options);
      if (found) return { found: { ...found, source: "download" }, reason: null };
    }
    reason += ` and could not be downloaded: ${problems?.join("; ")}`;
  }
  // Files that are here but damaged must not be passed over in silence.
  if (search.problem) throw new Error(search.problem.message + ` (${reason})`, { cause: search.problem });
  return { found: null, reason: `${reason}.` };
}

async function download(set: PublishedSet, folder: string, options: LoadOptions): Promise<string[] | null> {
  try {
    return await downloadSet(set, folder, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new Error(
      `${set.name} could not be stored in ${folder}: ${(error as Error).message}. Make that folder ` +
        "writable and leave 40 MB free, or name a folder that holds the data in the environment variable " +
        "COMPRESSION_DATA.",
      { cause: error },
    );
  }
}
