import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { findSet } from "../../lib/data/findSet.js";
import type { FoundSet } from "../../lib/data/findSet.js";
import type { PublishedSet } from "../../lib/data/publishedSet.js";
import { smallSet, writeCache, writeFiles } from "../data/smallSet.js";
import { temporaryFolder } from "../data/temporaryFolder.js";
import { benchModule } from "./modules.js";

type FolderOf = (set: PublishedSet, found: FoundSet | null, copies: string) => Promise<string>;

describe("folderOf", () => {
  it("writes what is only in the cache of mnist-dataset where every program finds it", async (t) => {
    const { folderOf } = (await import(benchModule("dataFolders.mjs"))) as { folderOf: FolderOf };
    const { set, raw, gzipped } = smallSet();
    const cachedUnder = "http://example.org/";
    const folder = temporaryFolder(t);
    const cacheFolder = writeCache(join(folder, "cache"), cachedUnder, raw);
    const { found } = await findSet({ ...set, cachedUnder }, { checkout: join(folder, "none"), cacheFolder, folder: "" });
    assert.equal(found?.source, "mnist-dataset cache");
    const copy = await folderOf(set, found, folder);
    assert.equal(copy, join(folder, "small"));
    assert.equal((await findSet(set, { folder: copy })).found?.folder, copy);

    const kept = writeFiles(join(folder, "kept", "small"), gzipped);
    assert.equal(await folderOf(set, (await findSet(set, { folder: join(folder, "kept") })).found, folder), kept);
    await assert.rejects(folderOf(set, null, folder), /The files of Small are not here\./);
  });
});
