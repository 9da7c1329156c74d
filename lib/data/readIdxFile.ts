import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { idxLength } from "./idxLength.js";
import type { PublishedFile } from "./publishedSet.js";
import { verifyIdx } from "./verifyIdx.js";

/** Verified bytes, or what was expected and found. */
export type IdxReading = { bytes: Uint8Array; problem: null } | { bytes: null; problem: string };

const decompress = promisify(gunzip);

/**
 * Reads a file of a published data set, gzipped or plain (told apart by the first bytes), and
 * verifies it.
 *
 * @param path the file
 * @param file what it must be
 */
export async function readIdxFile(path: string, file: PublishedFile): Promise<IdxReading> {
  const stored = await readFile(path);
  let bytes: Uint8Array = stored;
  if (stored[0] === 0x1f && stored[1] === 0x8b) {
    const length = idxLength(file.dimensions);
    try {
      // The limit keeps a file that is not ours from filling the memory.
      bytes = await decompress(stored, { chunkSize: 1 << 20, maxOutputLength: length });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const found =
        code === "Z_BUF_ERROR"
          ? `a gzip file that ends too early, after ${stored.length} bytes`
          : code === "ERR_BUFFER_TOO_LARGE"
            ? "more bytes than that"
            : `a damaged gzip file (${message})`;
      return { bytes: null, problem: `expected ${length} bytes after decompression, found ${found}` };
    }
  }
  const problem = verifyIdx(bytes, file);
  return problem === null ? { bytes, problem } : { bytes: null, problem };
}
