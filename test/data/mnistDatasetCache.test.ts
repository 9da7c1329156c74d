import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, it } from "node:test";
import { fillCacheWith } from "../../lib/data/fillMnistDatasetCache.js";
import { loadSet } from "../../lib/data/loadSet.js";
import { mnistDatasetCacheFolder, mnistDatasetCachePath } from "../../lib/data/mnistDatasetCache.js";
import { mnist } from "../../lib/data/publishedSet.js";
import { runScript } from "./runScript.js";
import { flipBit, smallSet, writeCache, writeFiles } from "./smallSet.js";
import { temporaryFolder } from "./temporaryFolder.js";

interface MnistDataset {
  trainingImagesUrl: string;
  trainingLabelsUrl: string;
  testImagesUrl: string;
  testLabelsUrl: string;
  getTempPath(url: string): string;
}

const cachedUnder = "http://example.org/";
const { raw, gzipped, ...small } = smallSet();
const set = { ...small.set, cachedUnder };

describe("the cache of mnist-dataset", () => {
  it("is where the package has it", (t) => {
    // The package makes its folder when asked for a path.
    const temporary = temporaryFolder(t);
    for (const name of ["TMPDIR", "TMP", "TEMP"]) {
      const before = process.env[name];
      process.env[name] = temporary;
      t.after(() => {
        if (before === undefined) delete process.env[name];
        else process.env[name] = before;
      });
    }
    const theirs = createRequire(__filename)("mnist-dataset") as MnistDataset;
    const urls = [
      theirs.trainingImagesUrl,
      theirs.trainingLabelsUrl,
      theirs.testImagesUrl,
      theirs.testLabelsUrl,
    ];
    assert.deepEqual(mnist.files.map((file) => mnist.cachedUnder + file.name).sort(), [...urls].sort());
    for (const url of urls) {
      assert.equal(mnistDatasetCachePath(mnistDatasetCacheFolder(), url), theirs.getTempPath(url));
    }
  });

  it("is filled where files are missing or wrong, and left alone where they are right", async (t) => {
    const root = temporaryFolder(t);
    const loading = await loadSet(set, { folder: writeFiles(join(root, "data"), gzipped), download: false });
    const cacheFolder = join(root, "cache");
    const [right, wrong, missing, short] = set.files.map((f) =>
      mnistDatasetCachePath(cacheFolder, cachedUnder + f.name),
    );
    writeCache(cacheFolder, cachedUnder, raw);
    writeFileSync(wrong!, flipBit(readFileSync(wrong!), 9));
    writeFileSync(short!, readFileSync(short!).subarray(0, 20));
    rmSync(missing!);
    const before = statSync(right!).mtimeMs;
    const filled = await fillCacheWith(set, loading, cacheFolder);
    assert.deepEqual(filled, { folder: cacheFolder, written: [wrong, missing, short] });
    assert.equal(statSync(right!).mtimeMs, before);
    for (const file of set.files) {
      const path = mnistDatasetCachePath(cacheFolder, cachedUnder + file.name);
      assert.ok(raw.get(file.name)!.equals(readFileSync(path)), file.name);
    }
    assert.equal(readdirSync(cacheFolder).length, 4, "no temporary file stays behind");
    assert.deepEqual((await fillCacheWith(set, loading, cacheFolder))?.written, []);
  });

  it("never receives drawn digits", async (t) => {
    const cacheFolder = join(temporaryFolder(t), "cache");
    assert.equal(await fillCacheWith(set, { found: null, reason: "no data" }, cacheFolder), null);
    assert.throws(() => readdirSync(cacheFolder), /ENOENT/);
  });

  it("is filled by several processes at once, and the package reads it without a network", async (t) => {
    const { found, reason } = await loadSet(mnist, { download: false });
    if (found === null) return t.skip(reason);
    const data = writeFiles(
      join(temporaryFolder(t), "data"),
      mnist.files.map((file) => [file.name, found.bytes[file.role]]),
    );
    const temporary = temporaryFolder(t);
    const env = { TMPDIR: temporary, TMP: temporary, TEMP: temporary };
    const runs = [1, 2, 3].map(() => runScript("fillCacheProcess.ts", [data], env).ended);
    for (const { code, output } of await Promise.all(runs)) {
      assert.equal(code, 0, output);
      const said = JSON.parse(output) as { filled: { folder: string }; count: number; first: number[] };
      assert.equal(relative(temporary, said.filled.folder), "mnist-dataset");
      assert.deepEqual([said.count, said.first], [10_000, [7, 2, 1, 0, 4]]);
    }
    const cache = join(temporary, "mnist-dataset");
    assert.equal(readdirSync(cache).length, 4, "no temporary file stays behind");
    const again = await loadSet(mnist, {
      folder: "",
      checkout: join(temporary, "none"),
      cacheFolder: cache,
      download: false,
    });
    assert.equal(again.found?.source, "mnist-dataset cache");
  });
});
