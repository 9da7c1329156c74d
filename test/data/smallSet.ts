import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { mnistDatasetCachePath } from "../../lib/data/mnistDatasetCache.js";
import type { PublishedFile, PublishedSet } from "../../lib/data/publishedSet.js";
import { mnist } from "../../lib/data/publishedSet.js";
import { createRandom } from "../../lib/data/random.js";

/** A data set like the published ones but small, and its files. */
export interface SmallSet {
  set: PublishedSet;
  /** Decompressed and gzipped bytes by the name of the gzipped file. */
  raw: Map<string, Buffer>;
  gzipped: Map<string, Buffer>;
}

/** Makes a set of `images` random training images and a third as many test images. */
export function smallSet(images = 6, seed = 1): SmallSet {
  const random = createRandom(seed);
  const raw = new Map<string, Buffer>();
  const gzipped = new Map<string, Buffer>();
  const files = mnist.files.map((file): PublishedFile => {
    const count = file.role.startsWith("train") ? images : images / 3;
    const dimensions = [count, ...file.dimensions.slice(1)];
    const header = Buffer.alloc(4 + 4 * dimensions.length);
    header.writeUInt32BE(0x800 + dimensions.length);
    dimensions.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
    const length = dimensions.reduce((product, size) => product * size, 1);
    const body = Buffer.from(Array.from({ length }, () => random.integer(dimensions.length > 1 ? 256 : 10)));
    const bytes = Buffer.concat([header, body]);
    raw.set(file.name, bytes);
    gzipped.set(file.name, gzipSync(bytes));
    return { ...file, dimensions, sha256: createHash("sha256").update(bytes).digest("hex") };
  });
  return {
    set: { ...mnist, name: "Small", folder: "small", files, mirrors: [], cachedUnder: null },
    raw,
    gzipped,
  };
}

/** Writes files into a folder, which it makes; returns the folder. */
export function writeFiles(folder: string, files: Iterable<readonly [string, Uint8Array]>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  return folder;
}

/** Writes files the way the package mnist-dataset caches those of an address; returns the folder. */
export function writeCache(folder: string, address: string, files: ReadonlyMap<string, Uint8Array>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of files) writeFileSync(mnistDatasetCachePath(folder, address + name), bytes);
  return folder;
}

/** The bytes with one bit of one byte the other way round. */
export function flipBit(bytes: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] ^= 1;
  return copy;
}
