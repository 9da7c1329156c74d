import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { findSet } from "../../lib/data/findSet.js";
import type { LoadOptions } from "../../lib/data/loadOptions.js";
import { flipBit, smallSet, writeCache, writeFiles } from "./smallSet.js";
import { temporaryFolder } from "./temporaryFolder.js";

const { set, raw, gzipped } = smallSet();
const cachedUnder = "http://example.org/";
const cached = { ...set, cachedUnder };
const images = "train-images-idx3-ubyte.gz";

/** The four places in an otherwise empty folder. */
function places(
  t: TestContext,
): Required<Pick<LoadOptions, "checkout" | "cacheFolder">> & { folder: string } {
  const root = temporaryFolder(t);
  const folder = join(root, "named");
  const checkout = join(root, "class", "checkout");
  mkdirSync(folder);
  mkdirSync(checkout, { recursive: true });
  return { folder, checkout, cacheFolder: join(root, "cache") };
}

/** Puts files into data/ of a checkout and looks for them. */
async function search(t: TestContext, files: ReadonlyMap<string, Uint8Array>): ReturnType<typeof findSet> {
  const options = places(t);
  writeFiles(join(options.checkout, "data", set.folder), files);
  return findSet(set, options);
}

const changed = (name: string, bytes: Uint8Array): Map<string, Uint8Array> =>
  new Map<string, Uint8Array>(gzipped).set(name, bytes);

describe("findSet looks in the places in their order", () => {
  it("prefers the named folder, then data/, then shared/data beside the checkout, then the cache", async (t) => {
    const options = places(t);
    const named = writeFiles(join(options.folder, set.folder), gzipped);
    const data = writeFiles(join(options.checkout, "data", set.folder), gzipped);
    const share = writeFiles(join(options.checkout, "..", "shared", "data", set.folder), gzipped);
    const cache = writeCache(options.cacheFolder, cachedUnder, raw);
    for (const [source, folder] of [
      ["environment", named],
      ["checkout", data],
      ["share", share],
      ["mnist-dataset cache", cache],
    ] as const) {
      const { found } = await findSet(cached, options);
      assert.deepEqual([found?.source, found?.folder], [source, folder]);
      for (const file of set.files) assert.ok(raw.get(file.name)!.equals(found!.bytes[file.role]), file.name);
      rmSync(folder, { recursive: true });
    }
    assert.equal((await findSet(cached, options)).found, null);
  });

  it("reads the name of the first folder from COMPRESSION_DATA", async (t) => {
    const { folder, ...options } = places(t);
    writeFiles(join(folder, set.folder), gzipped);
    const before = process.env["COMPRESSION_DATA"];
    t.after(() => {
      if (before === undefined) delete process.env["COMPRESSION_DATA"];
      else process.env["COMPRESSION_DATA"] = before;
    });
    process.env["COMPRESSION_DATA"] = folder;
    assert.equal((await findSet(set, options)).found?.source, "environment");
  });

  it("refuses a named folder that is not there", async (t) => {
    const options = places(t);
    await assert.rejects(
      findSet(set, { ...options, folder: join(options.folder, "typo") }),
      /Expected a folder at .*typo, named by COMPRESSION_DATA, but found none.*unset/,
    );
  });

  it("does not look into a cache that belongs to another set", async (t) => {
    const options = places(t);
    writeCache(options.cacheFolder, cachedUnder, raw);
    assert.equal((await findSet(set, options)).found, null);
  });
});

describe("findSet reads files however they are stored", () => {
  const plain = new Map([...raw].map(([name, bytes]) => [name.replace(".gz", ""), bytes]));
  const dotted = new Map([...gzipped].map(([name, bytes]) => [name.replace("-idx", ".idx"), bytes]));
  const dottedPlain = new Map(
    [...raw].map(([name, bytes]) => [name.replace("-idx", ".idx").replace(".gz", ""), bytes]),
  );
  const plainAsGz = raw; // decompressed on the way by a browser that kept the name
  for (const [what, files] of Object.entries({ gzipped, plain, dotted, dottedPlain, plainAsGz })) {
    it(what, async (t) => {
      const { found } = await search(t, files);
      assert.ok(raw.get(images)!.equals(found!.bytes.trainImages));
    });
  }

  it("directly in the place", async (t) => {
    const options = places(t);
    writeFiles(options.folder, gzipped);
    assert.equal((await findSet(set, options)).found?.folder, options.folder);
  });

  it("beside folders that carry the files' names, as some archives unpack", async (t) => {
    const options = places(t);
    const folder = writeFiles(join(options.checkout, "data", set.folder), dottedPlain);
    for (const name of plain.keys()) mkdirSync(join(folder, name));
    assert.equal((await findSet(set, options)).found?.folder, folder);
  });
});

describe("findSet refuses a file that is not what was published", () => {
  const faults: Record<string, { files: ReadonlyMap<string, Uint8Array>; says: RegExp }> = {
    "a gzip file cut short": {
      files: changed(images, gzipped.get(images)!.subarray(0, 2000)),
      says: /expected 4720 bytes after decompression, found a gzip file that ends too early, after 2000 bytes/,
    },
    "a gzip file with one bit flipped": {
      files: changed(images, flipBit(gzipped.get(images)!, 3000)),
      says: /expected .*, found /,
    },
    "a gzip file with a bit of its check sum flipped": {
      files: changed(images, flipBit(gzipped.get(images)!, gzipped.get(images)!.length - 6)),
      says: /found a damaged gzip file \(incorrect data check\)/,
    },
    "a plain file with one bit of one pixel flipped": {
      files: changed(images, flipBit(raw.get(images)!, 1000)),
      says: new RegExp(
        `expected sha256 ${set.files.find((f) => f.name === images)!.sha256}, found [0-9a-f]{64}`,
      ),
    },
    "a plain file cut short": {
      files: changed(images, raw.get(images)!.subarray(0, 4719)),
      says: /expected 4720 bytes, found 4719/,
    },
    "a file with less than a header": {
      files: changed(images, raw.get(images)!.subarray(0, 10)),
      says: /expected an IDX header of 16 bytes, found 10 bytes in all/,
    },
    "an empty file": { files: changed(images, new Uint8Array()), says: /found 0 bytes in all/ },
    "a web page": {
      files: changed(images, Buffer.from("<!DOCTYPE html><title>Log in to the network</title>")),
      says: /expected the IDX magic number 2051, found \d+ \(the file begins with "<!DOCTYPE ht"\)/,
    },
    "labels in the place of images": {
      files: changed(images, gzipped.get("train-labels-idx1-ubyte.gz")!),
      says: /expected .*, found/,
    },
    "images of other dimensions": {
      files: changed(images, gzipSync(flipBit(raw.get(images)!, 7))),
      says: /expected dimensions 6 x 28 x 28, found 7 x 28 x 28/,
    },
    "a file that decompresses to more than it should": {
      files: changed(images, gzipSync(Buffer.alloc(10_000_000))),
      says: /expected 4720 bytes after decompression, found more bytes than that/,
    },
  };
  for (const [what, { files, says }] of Object.entries(faults)) {
    it(`${what}: names the file, what was expected and found, and the cure`, async (t) => {
      await assert.rejects(search(t, files), (error: Error) => {
        assert.match(error.message, says);
        assert.match(error.message, /data.small.train-images-idx3-ubyte\.gz is not Small's/);
        assert.match(error.message, /Delete the file.* run "npm start"/);
        return true;
      });
    });
  }

  it("also where a later place has a sound copy", async (t) => {
    const options = places(t);
    writeFiles(join(options.folder, set.folder), changed(images, flipBit(raw.get(images)!, 1000)));
    writeFiles(join(options.checkout, "data", set.folder), gzipped);
    await assert.rejects(findSet(set, options), /named.small.*unset the variable COMPRESSION_DATA/);
  });
});

describe("findSet on a set of which files are missing", () => {
  const incomplete = new Map([...gzipped].filter(([name]) => name !== images));

  it("refuses a folder that somebody filled by hand, naming the file", async (t) => {
    const options = places(t);
    writeFiles(join(options.folder, set.folder), incomplete);
    await assert.rejects(
      findSet(set, options),
      /named.small is incomplete: expected train-images-idx3-ubyte\.gz, found no such file/,
    );
    const share = places(t);
    writeFiles(join(share.checkout, "..", "shared", "data", set.folder), incomplete);
    await assert.rejects(findSet(set, share), /shared.data.small is incomplete/);
  });

  it("leaves data/ to the download, and remembers what is wrong", async (t) => {
    const { found, problem } = await search(t, incomplete);
    assert.equal(found, null);
    assert.match(problem!.message, /data.small is incomplete: expected train-images-idx3-ubyte\.gz/);
  });

  it("takes no notice of a cache that the package has filled in part", async (t) => {
    const options = places(t);
    writeCache(options.cacheFolder, cachedUnder, new Map([...raw].slice(1)));
    const { found, problem } = await findSet(cached, options);
    assert.deepEqual([found, problem], [null, null]);
  });

  it("does not use a cache with a wrong file, and remembers what is wrong", async (t) => {
    const options = places(t);
    writeCache(options.cacheFolder, cachedUnder, new Map(raw).set(images, flipBit(raw.get(images)!, 1000)));
    const { found, problem } = await findSet(cached, options);
    assert.equal(found, null);
    assert.match(problem!.message, /expected sha256 .*Delete the file: it is a cache/);
  });
});
