import { readdirSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { progress } from "./progress.mjs";
import { SetupError } from "./setupError.mjs";
import { fingerprint, readJson } from "./stamp.mjs";

const pause = 10 * 60_000;

/**
 * Finds or downloads the data sets and prints for each where it comes from. That there is no network is
 * no error: drawn digits stand in. Nothing is verified again while no file changes; a download that
 * failed is tried again after ten minutes.
 *
 * @param {string} root the checkout
 * @throws {SetupError} when a file is corrupt and cannot be mended
 */
export async function prepareData(root) {
  const stamp = join(root, "build", "setup", "data.json");
  const last = readJson(stamp) ?? {};
  const complete = last.sets?.every(({ source }) => source !== "drawn");
  if (last.key === keyOf(root) && (complete || Date.now() - last.time < pause)) {
    for (const set of last.sets) console.log(describe(set, root));
    return;
  }

  const lib = createRequire(join(root, "package.json"))("./lib/dist/data/prepareData.js");
  const line = progress("Data");
  line.update("looking for MNIST and Fashion-MNIST");
  const messages = [];
  let sets;
  try {
    sets = await lib.prepareData({
      checkout: root,
      onProgress: ({ dataset, file, received, total }) =>
        line.update(
          `downloading ${dataset}, ${file}: ${megabytes(received)}${total === null ? "" : ` of ${megabytes(total)}`} MB`,
        ),
      onMessage: (message) => messages.push(message),
    });
  } catch (error) {
    line.fail();
    throw new SetupError(error.message, []);
  }
  line.end();
  // What went wrong on the way, unless a data set's line says it anyway.
  for (const message of messages) {
    if (!sets.some(({ reason }) => reason?.includes(message))) console.log(`Data: ${message}`);
  }
  for (const set of sets) console.log(describe(set, root));
  const kept = sets.map((set) => (set.source === "download" ? { ...set, source: "checkout" } : set));
  writeFileSync(stamp, JSON.stringify({ key: keyOf(root), time: Date.now(), sets: kept }, null, 2));
}

/** Changes when a file in one of the places where data is looked for does, or the code that looks. */
function keyOf(root) {
  const asked = process.env.COMPRESSION_DATA ?? "";
  const places = [join(root, "data"), resolve(root, "..", "shared", "data"), join(tmpdir(), "mnist-dataset")];
  if (asked !== "") places.unshift(resolve(asked));
  return fingerprint(
    [join(root, "lib", "dist", ".stamp.json")],
    asked,
    ...places.flatMap((folder) => list(folder, 1)),
  );
}

function list(folder, depth) {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return depth > 0 ? list(path, depth - 1) : [];
      const { mtimeMs, size } = statSync(path);
      return [`${path} ${size} ${mtimeMs}`];
    });
  } catch {
    return [`${folder} is not there`];
  }
}

function describe({ name, source, folder, reason }, root) {
  if (source === "drawn") return `Data: digits drawn by a program stand in for ${name}. ${reason}`;
  const inside = relative(root, folder);
  return `Data: ${name} in ${inside.startsWith("..") ? folder : inside}${source === "download" ? " (downloaded)" : ""}`;
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
