// npm run results [-- NOTEBOOK…]: runs the notebooks over several seeds and renews results/, which README
// and slides show and which test runs are compared with. One that was interrupted goes on with the next seed.
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { root } from "./project.mjs";
import { run } from "./run.mjs";
import { setupOrExit } from "./setup.mjs";
import { readJson } from "./setup/stamp.mjs";

const seeds = [1, 2, 3];
const folder = join(root, "results");

await setupOrExit();
const { codeHash, toSvg } = createRequire(import.meta.url)(join(root, "lib"));
const named = process.argv.slice(2);
const notebooks = named.length > 0 ? named : await notebooksIn(join(root, "notebooks"));
const runs = new Map(notebooks.map((notebook) => [basename(notebook, ".ipynb"), []]));

for (const seed of seeds) {
  const kept = join(root, "build", "results", `seed-${seed}`);
  const waiting = notebooks.filter((notebook) => readJson(fileOf(kept, notebook))?.codeHash !== codeHash(readJson(notebook)));
  console.log(`\nSeed ${seed} of ${seeds.join(", ")}${waiting.length < notebooks.length ? ", what an earlier run has left" : ""}`);
  for (const notebook of waiting) {
    const written = fileOf(join(root, "build", "results"), notebook);
    await rm(written, { force: true });
    const out = join(root, "build", "notebooks", `seed-${seed}`);
    const { code } = await run(process.execPath, [join(root, "scripts", "notebooks.mjs"), notebook, "--out", out], {
      env: { ...process.env, COURSE_SEED: String(seed) },
      show: true,
    });
    if (code !== 0) {
      throw new Error(`${basename(notebook)} failed with seed ${seed}; results/ is as it was, and the next run goes on from here.`);
    }
    const result = JSON.parse(await readFile(written, "utf8"));
    if (result.seed !== seed) throw new Error(`${basename(notebook)} was run with seed ${seed} but saved results of seed ${result.seed}.`);
    await mkdir(kept, { recursive: true });
    await copyFile(written, fileOf(kept, notebook));
  }
  for (const notebook of notebooks) runs.get(basename(notebook, ".ipynb")).push(readJson(fileOf(kept, notebook)));
}

for (const [name, results] of runs) {
  const [first] = results;
  if (first.data && !first.data.isReal) throw new Error(`${name} ran on ${first.data.name}; results need the real data.`);
  const { notebook, codeHash, metrics, data, claims, backend, versions, machine, figures } = first;
  const pictures = join(folder, name);
  await rm(pictures, { recursive: true, force: true });
  await mkdir(pictures, { recursive: true });
  for (const [figure, json] of Object.entries(figures)) {
    await writeFile(join(pictures, `${figure}.svg`), `${await toSvg(json)}\n`);
  }
  const content = {
    notebook, codeHash, seeds, date: new Date().toISOString().slice(0, 10), machine, backend, versions, data, metrics,
    spread: Object.fromEntries(Object.keys(metrics).map((metric) => [metric, spread(metric, results.map((r) => r.metrics[metric]))])),
    runs: results.map(({ seed, metrics, timings }) => ({ seed, metrics, ...(timings && { timings }) })),
    claims: claims.map(({ claim }) => claim),
    figures: Object.keys(figures),
  };
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(content, null, 1)}\n`);
  console.log(`results/${name}.json and ${Object.keys(figures).length} figures`);
}
// Only an interrupted run is gone on with: what is whole is computed anew the next time.
for (const seed of seeds) await rm(join(root, "build", "results", `seed-${seed}`), { recursive: true, force: true });

/**
 * Lowest and highest value that a run may have: those of the seeds, widened by their distance, and for
 * accuracies by half a point at least, but not beyond 0 and 1. What no seed changes, such as the bytes of
 * a plain file, stays exact.
 */
function spread(metric, values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const isAccuracy = metric.endsWith("ccuracy");
  if (low === high && !isAccuracy) return [low, high];
  const margin = Math.max(high - low, isAccuracy ? 0.005 : 0);
  const limits = isAccuracy ? [0, 1] : [-Infinity, Infinity];
  return [Math.max(low - margin, limits[0]), Math.min(high + margin, limits[1])].map((value) => Number(value.toPrecision(6)));
}

function fileOf(where, notebook) {
  return join(where, `${basename(notebook, ".ipynb")}.json`);
}

async function notebooksIn(where) {
  const names = await readdir(where);
  return names.filter((name) => name.endsWith(".ipynb")).map((name) => join(where, name));
}
