import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { LoadOptions } from "../../lib/data/loadOptions.js";
import { loadFashionMnist } from "../../lib/data/loadFashionMnist.js";
import { loadMnist } from "../../lib/data/loadMnist.js";
import { loadSet } from "../../lib/data/loadSet.js";
import { prepareData } from "../../lib/data/prepareData.js";
import { toDataset } from "../../lib/data/toDataset.js";
import { send, serve } from "./serve.js";
import { flipBit, smallSet, writeCache, writeFiles } from "./smallSet.js";
import { temporaryFolder } from "./temporaryFolder.js";

const images = "train-images-idx3-ubyte.gz";
const { raw, gzipped, ...small } = smallSet();
const set = { ...small.set, cachedUnder: "http://example.org/" };
const incomplete = new Map([...gzipped].filter(([name]) => name !== images));
const hosts = ["host.invalid", "127.0.0.1:1"];
const unreachable = hosts.map((host) => `http://${host}/`);

/** Options that see neither the data of this machine nor the network. */
function nowhere(t: TestContext): LoadOptions & { checkout: string; cacheFolder: string } {
  const root = temporaryFolder(t);
  const checkout = join(root, "class", "checkout");
  mkdirSync(checkout, { recursive: true });
  return { folder: "", checkout, cacheFolder: join(root, "cache"), mirrors: unreachable };
}

describe("loadSet", () => {
  it("downloads into data/ of the checkout, and finds it there the next time", async (t) => {
    const mirror = await serve(t, (name, response, request) => send(gzipped.get(name), response, request));
    const options = { ...nowhere(t), mirrors: [...unreachable, mirror.url] };
    const folder = join(options.checkout, "data", "small");
    const first = await loadSet(set, options);
    assert.deepEqual([first.found?.source, first.found?.folder], ["download", folder]);
    assert.ok(raw.get(images)!.equals(first.found!.bytes.trainImages));
    const requests = mirror.requests.length;
    const second = await loadSet(set, options);
    assert.deepEqual([second.found?.source, second.found?.folder], ["checkout", folder]);
    assert.equal(mirror.requests.length, requests);
  });

  it("downloads nothing when a place has the data, or when told not to", async (t) => {
    const mirror = await serve(t, (name, response, request) => send(gzipped.get(name), response, request));
    const options = { ...nowhere(t), mirrors: [mirror.url] };
    assert.equal((await loadSet(set, { ...options, download: false })).found, null);
    writeFiles(join(options.checkout, "..", "shared", "data", "small"), gzipped);
    assert.equal((await loadSet(set, options)).found?.source, "share");
    assert.deepEqual(mirror.requests, []);
    assert.deepEqual(readdirSync(options.checkout), []);
  });

  it("says without data and network where it looked and why each mirror failed", async (t) => {
    const options = nowhere(t);
    const { found, reason } = await loadSet(set, options);
    assert.equal(found, null);
    for (const part of [join(options.checkout, "data"), options.cacheFolder, ...hosts]) {
      assert.ok(reason!.includes(part), `${part} is not in: ${reason}`);
    }
  });

  it("completes data/ from the network, and refuses it incomplete without", async (t) => {
    const options = nowhere(t);
    writeFiles(join(options.checkout, "data", "small"), incomplete);
    await assert.rejects(
      loadSet(set, options),
      /data.small is incomplete: expected train-images.* run "npm start"/,
    );
    const mirror = await serve(t, (name, response, request) => send(gzipped.get(name), response, request));
    assert.equal((await loadSet(set, { ...options, mirrors: [mirror.url] })).found?.source, "download");
  });

  it("refuses a corrupt cache when there is nothing else, and is content with a download", async (t) => {
    const options = nowhere(t);
    writeCache(options.cacheFolder, set.cachedUnder, new Map(raw).set(images, flipBit(raw.get(images)!, 99)));
    await assert.rejects(loadSet(set, options), /expected sha256 .* Delete the file: it is a cache/);
    const mirror = await serve(t, (name, response, request) => send(gzipped.get(name), response, request));
    assert.equal((await loadSet(set, { ...options, mirrors: [mirror.url] })).found?.source, "download");
  });

  it("never downloads over a corrupt file in data/", async (t) => {
    const mirror = await serve(t, (name, response, request) => send(gzipped.get(name), response, request));
    const options = { ...nowhere(t), mirrors: [mirror.url] };
    const broken = new Map(gzipped).set(images, gzipped.get(images)!.subarray(0, 99));
    writeFiles(join(options.checkout, "data", "small"), broken);
    await assert.rejects(loadSet(set, options), /ends too early, after 99 bytes\. Delete the file/);
    assert.deepEqual(mirror.requests, []);
  });

  it("names the folder and the cure when it cannot write there", async (t) => {
    const mirror = await serve(t, (name, response, request) => send(gzipped.get(name), response, request));
    const options = { ...nowhere(t), mirrors: [mirror.url] };
    writeFileSync(join(options.checkout, "data"), "a file where the folder should be");
    await assert.rejects(
      loadSet(set, options),
      /Small could not be stored in .*data.small: .*COMPRESSION_DATA/,
    );
  });

  it("parts the files into images and labels that own their memory", async (t) => {
    const options = nowhere(t);
    writeFiles(join(options.checkout, "data"), gzipped);
    const dataset = toDataset(set, await loadSet(set, options));
    assert.deepEqual([dataset.name, dataset.isReal, dataset.notice], ["Small", true, null]);
    for (const [split, part] of [
      [dataset.train, "train"],
      [dataset.test, "t10k"],
    ] as const) {
      assert.deepEqual([...split.images], [...raw.get(`${part}-images-idx3-ubyte.gz`)!.subarray(16)]);
      assert.deepEqual([...split.labels], [...raw.get(`${part}-labels-idx1-ubyte.gz`)!.subarray(8)]);
      assert.equal(split.size, split.labels.length);
      assert.equal(split.images.buffer.byteLength, split.images.length);
    }
  });
});

describe("with neither data nor network", () => {
  it("loadMnist and loadFashionMnist give drawn digits and say so in bold", async (t) => {
    for (const [load, name] of [
      [loadMnist, "MNIST"],
      [loadFashionMnist, "Fashion-MNIST"],
    ] as const) {
      const dataset = await load(nowhere(t));
      assert.deepEqual([dataset.name, dataset.source, dataset.isReal], ["drawn digits", "drawn", false]);
      assert.match(
        dataset.notice!,
        new RegExp(`^\\*\\*This is NOT ${name}\\..*\\*\\*\n\n.*could not be downloaded`, "s"),
      );
      assert.deepEqual([dataset.train.size, dataset.test.size], [60_000, 10_000]);
    }
  });

  it("prepareData does not fail, and writes nothing", async (t) => {
    const options = nowhere(t);
    const prepared = await prepareData(options);
    assert.deepEqual(
      prepared.map(({ name, source, folder }) => [name, source, folder]),
      [
        ["MNIST", "drawn", null],
        ["Fashion-MNIST", "drawn", null],
      ],
    );
    for (const { reason } of prepared) assert.match(reason!, /could not be downloaded/);
    assert.deepEqual(readdirSync(options.checkout), []);
    assert.throws(() => readdirSync(options.cacheFolder), /ENOENT/);
  });
});

describe("prepareData", () => {
  it("finds both sets, fills the cache, and says so when that is not possible", async (t) => {
    const real = await prepareData({ download: false, cacheFolder: join(temporaryFolder(t), "cache") });
    const drawn = real.find(({ source }) => source === "drawn");
    if (drawn) return t.skip(drawn.reason!);
    const cacheFolder = join(temporaryFolder(t), "cache");
    const prepared = await prepareData({ download: false, cacheFolder });
    assert.deepEqual(
      prepared.map(({ name, reason }) => [name, reason]),
      [
        ["MNIST", null],
        ["Fashion-MNIST", null],
      ],
    );
    for (const { folder } of prepared) assert.ok(readdirSync(folder!).length >= 4);
    assert.equal(readdirSync(cacheFolder).length, 4);

    const file = join(temporaryFolder(t), "a file where the folder should be");
    writeFileSync(file, "");
    const messages: string[] = [];
    await prepareData({ download: false, cacheFolder: file, onMessage: (m) => void messages.push(m) });
    assert.equal(messages.length, 1);
    assert.match(messages[0]!, /cache of mnist-dataset could not be filled/);
  });
});
