import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { downloadSet } from "../../lib/data/downloadSet.js";
import type { DownloadProgress } from "../../lib/data/loadOptions.js";
import { runScript } from "./runScript.js";
import { send, sendPart, serve } from "./serve.js";
import { flipBit, smallSet, writeFiles } from "./smallSet.js";
import { temporaryFolder } from "./temporaryFolder.js";

const images = "train-images-idx3-ubyte.gz";
const { set, gzipped } = smallSet();
/** Large enough to arrive in several pieces. */
const large = smallSet(900);
const largeImages = large.gzipped.get(images)!;
const names = set.files.map((file) => file.name);

function assertComplete(folder: string, files: ReadonlyMap<string, Buffer>): void {
  assert.deepEqual(readdirSync(folder).sort(), [...names].sort(), "the four files and nothing else");
  for (const [name, bytes] of files) assert.ok(bytes.equals(readFileSync(join(folder, name))), name);
}

describe("downloadSet", () => {
  it("brings the four files and says how far it is", async (t) => {
    const mirror = await serve(t, (name, response, request) =>
      send(large.gzipped.get(name), response, request),
    );
    const folder = join(temporaryFolder(t), "data", "small");
    const progress: DownloadProgress[] = [];
    const options = { mirrors: [mirror.url], onProgress: (p: DownloadProgress) => void progress.push(p) };
    assert.equal(await downloadSet(large.set, folder, options), null);
    assertComplete(folder, large.gzipped);
    assert.deepEqual(mirror.requests, names);
    for (const name of names) {
      const last = progress.filter(({ file }) => file === name).at(-1)!;
      const { length } = large.gzipped.get(name)!;
      const url = mirror.url + name;
      assert.deepEqual(last, { dataset: "Small", file: name, url, received: length, total: length });
    }
    const received = progress.filter(({ file }) => file === images).map((p) => p.received);
    assert.ok(received.length > 1, "told only at the end");
    assert.deepEqual(
      received,
      [...received].sort((a, b) => a - b),
    );
  });

  it("goes on to the next mirror when one lacks a file, and keeps what it had", async (t) => {
    const first = await serve(t, (name, response, request) =>
      send(name === images ? undefined : gzipped.get(name), response, request),
    );
    const second = await serve(t, (name, response, request) => send(gzipped.get(name), response, request));
    const folder = temporaryFolder(t);
    const messages: string[] = [];
    const options = { mirrors: [first.url, second.url], onMessage: (m: string) => void messages.push(m) };
    assert.equal(await downloadSet(set, folder, options), null);
    assertComplete(folder, gzipped);
    assert.deepEqual(messages, [`${images} from ${new URL(first.url).host}: answered 404 Not Found`]);
    assert.deepEqual(second.requests, [images]);
  });

  const wrong: Record<string, Buffer> = {
    "a bit flipped": flipBit(gzipped.get(images)!, 3000),
    "another file": smallSet(6, 2).gzipped.get(images)!,
    "a web page": Buffer.from("<html>Please log in</html>"),
    "a file cut short with a length to match": gzipped.get(images)!.subarray(0, 3000),
  };
  for (const [what, bytes] of Object.entries(wrong)) {
    it(`reports a mirror that serves ${what}, and takes the next`, async (t) => {
      const bad = await serve(t, (name, response, request) =>
        send(name === images ? bytes : gzipped.get(name), response, request),
      );
      const good = await serve(t, (name, response, request) => send(gzipped.get(name), response, request));
      const folder = temporaryFolder(t);
      const messages: string[] = [];
      const options = { mirrors: [bad.url, good.url], onMessage: (m: string) => void messages.push(m) };
      assert.equal(await downloadSet(set, folder, options), null);
      assertComplete(folder, gzipped);
      assert.equal(messages.length, 1);
      assert.match(messages[0]!, /train-images-idx3-ubyte\.gz from .*: wrong bytes, expected .*, found /);
    });
  }

  it("puts nothing into place when no mirror serves the right bytes", async (t) => {
    const bad = await serve(t, (name, response, request) =>
      send(name === images ? wrong["a bit flipped"] : gzipped.get(name), response, request),
    );
    const folder = temporaryFolder(t);
    const problems = await downloadSet(set, folder, { mirrors: [bad.url] });
    assert.equal(problems?.length, 1);
    for (const name of readdirSync(folder)) assert.match(name, /\.part$/);
  });

  it("gives a mirror up that does not answer, or stops in the middle", async (t) => {
    const silent = await serve(t, () => {});
    const stalling = await serve(t, (name, response, request) => {
      if (name === images) sendPart(largeImages, 50_000, "hang", response, request);
      else send(large.gzipped.get(name), response, request);
    });
    const closed = await serve(t, (_, response) => response.destroy());
    const mirrors = [silent.url, stalling.url, closed.url, "http://127.0.0.1:1/", "http://host.invalid/"];
    const limits = { connectTimeout: 300, stallTimeout: 300 };
    const problems = await downloadSet(large.set, temporaryFolder(t), { mirrors, ...limits });
    assert.match(problems![0]!, /could not be reached \(no answer for 0\.3 s\)/);
    assert.match(problems![1]!, /broke off after \d+ bytes \(no byte for 0\.3 s\)/);
    assert.match(problems![2]!, /could not be reached \(.+\)/);
    assert.match(problems![3]!, /could not be reached \(.+\)/);
    assert.match(problems![4]!, /could not be reached \(.+\)/);
    assert.equal(problems!.length, 5);
  });

  it("makes no folder when no mirror can be reached", async (t) => {
    const folder = join(temporaryFolder(t), "data", "small");
    await downloadSet(set, folder, { mirrors: ["http://host.invalid/"] });
    assert.equal(existsSync(join(folder, "..")), false);
  });

  it("takes a connection up again that was cut, where it was cut", async (t) => {
    let cuts = 0;
    const mirror = await serve(t, (name, response, request) => {
      if (name === images && cuts++ < 2) sendPart(largeImages, 100_000, "cut", response, request);
      else send(large.gzipped.get(name), response, request);
    });
    const folder = temporaryFolder(t);
    assert.equal(await downloadSet(large.set, folder, { mirrors: [mirror.url] }), null);
    assertComplete(folder, large.gzipped);
    assert.deepEqual(mirror.requests.slice(-3), [images, `${images}@100000`, `${images}@200000`]);
  });

  it("starts again with a server that knows no ranges", async (t) => {
    let cut = false;
    const mirror = await serve(t, (name, response, request) => {
      delete request.headers.range;
      if (name === images && !cut) {
        cut = true;
        sendPart(largeImages, 100_000, "cut", response, request);
      } else send(large.gzipped.get(name), response, request);
    });
    const folder = temporaryFolder(t);
    assert.equal(await downloadSet(large.set, folder, { mirrors: [mirror.url] }), null);
    assertComplete(folder, large.gzipped);
  });

  it("resumes what a process that was killed has left behind", async (t) => {
    let hang = true;
    const mirror = await serve(t, (name, response, request) => {
      if (name === images && hang) sendPart(largeImages, 100_000, "hang", response, request);
      else send(large.gzipped.get(name), response, request);
    });
    const folder = temporaryFolder(t);
    const { child, ended } = runScript("downloadProcess.ts", ["900", folder, mirror.url]);
    const begun = (): boolean =>
      readdirSync(folder).some(
        (name) => name.startsWith(images) && statSync(join(folder, name)).size === 100_000,
      );
    while (!begun() && child.exitCode === null) await pause(20);
    child.kill("SIGKILL");
    await ended;
    for (const name of readdirSync(folder)) assert.match(name, /\.part$/, "in place before all is verified");

    hang = false;
    const before = mirror.requests.length;
    assert.equal(await downloadSet(large.set, folder, { mirrors: [mirror.url] }), null);
    assertComplete(folder, large.gzipped);
    assert.deepEqual(mirror.requests.slice(before), [`${images}@100000`], "the other files are here already");
  });

  it("resumes what was stopped by its signal, which it rejects with", async (t) => {
    const controller = new AbortController();
    let hang = true;
    const mirror = await serve(t, (name, response, request) => {
      if (name === images && hang) sendPart(largeImages, 100_000, "hang", response, request);
      else send(large.gzipped.get(name), response, request);
    });
    const folder = temporaryFolder(t);
    const stopped = downloadSet(large.set, folder, {
      mirrors: [mirror.url],
      signal: controller.signal,
      onProgress: ({ file, received }) => {
        if (file === images && received === 100_000) controller.abort(new Error("stopped by the user"));
      },
    });
    await assert.rejects(stopped, /stopped by the user/);
    hang = false;
    assert.equal(await downloadSet(large.set, folder, { mirrors: [mirror.url] }), null);
    assertComplete(folder, large.gzipped);
    assert.equal(mirror.requests.at(-1), `${images}@100000`);
  });

  it("starts again when the beginning that is here belongs to other bytes", async (t) => {
    const mirror = await serve(t, (name, response, request) => send(gzipped.get(name), response, request));
    for (const length of [1000, 100_000]) {
      const folder = writeFiles(temporaryFolder(t), [[`${images}.0-abcd.part`, Buffer.alloc(length, 7)]]);
      assert.equal(await downloadSet(set, folder, { mirrors: [mirror.url] }), null);
      assertComplete(folder, gzipped);
    }
  });

  it("leaves alone what another process is downloading", async (t) => {
    const mirror = await serve(t, (name, response, request) => send(gzipped.get(name), response, request));
    const foreign = `${images}.${process.ppid}-abcd.part`;
    const folder = writeFiles(temporaryFolder(t), [[foreign, Buffer.from("not yours")]]);
    assert.equal(await downloadSet(set, folder, { mirrors: [mirror.url] }), null);
    assert.equal(readFileSync(join(folder, foreign), "utf8"), "not yours");
  });

  it("works in several processes at once", async (t) => {
    const mirror = await serve(t, (name, response, request) => {
      setTimeout(() => send(large.gzipped.get(name), response, request), 100); // so that they overlap
    });
    const folder = temporaryFolder(t);
    const runs = [1, 2, 3].map(() => runScript("downloadProcess.ts", ["900", folder, mirror.url]).ended);
    for (const { code, output } of await Promise.all(runs)) assert.equal(code, 0, output);
    assertComplete(folder, large.gzipped);
  });
});
