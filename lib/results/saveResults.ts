import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { ready } from "../backend.js";
import { writeFileAtomically } from "../data/writeFileAtomically.js";
import type { Figure } from "../figures/figure.js";
import { shownFigures } from "../figures/shownFigures.js";
import { kernelHost } from "../notebook/host.js";
import { judgeClaims } from "./checkClaims.js";
import type { CheckedClaim, Claim } from "./checkClaims.js";
import { codeHash } from "./codeHash.js";
import { machine } from "./machine.js";
import type { NotebookFile } from "./codeHash.js";

/** What a notebook says about its run. */
export interface RunResults {
  /** Numbers by name, such as `{"qap.accuracy": 0.991, "qap.bytes": 5120}`. */
  metrics: Record<string, number>;
  /** Numbers that depend on the machine, such as microseconds: shown on slides, never compared between runs. */
  timings?: Record<string, number>;
  /** What the randomness of the run was drawn from. */
  seed: number;
  /** The data it ran on: a loaded data set. */
  data?: { name: string; isReal: boolean };
  /** What the notebook claims, as for `checkClaims`. */
  claims?: readonly Claim[];
  /** Anything else worth keeping: histories, tables. */
  [detail: string]: unknown;
}

/** What stands in a results file, beside the details a notebook gave. */
export interface ResultsFile {
  metrics: Record<string, number>;
  timings?: Record<string, number>;
  /** What it ran on, see `machine`. */
  machine: string;
  seed: number;
  data?: { name: string; isReal: boolean };
  notebook: string | null;
  /** See `codeHash`; null outside a notebook. */
  codeHash: string | null;
  backend: string;
  versions: Record<string, string>;
  /** Each claim and whether it passed, failed or was skipped. */
  claims: CheckedClaim[];
  /** The figures shown under a name, as Plotly JSON. */
  figures: Record<string, Figure>;
}

/**
 * Writes what a notebook computed to `build/results/<notebook>.json`, for CI, README and slides, with the
 * figures it showed.
 *
 * @param results Metrics, seed and whatever else is worth keeping.
 * @param options file: where to, by default the notebook's own file, or `build/results/results.json`
 *   below the working folder outside a notebook.
 * @returns Path of the file.
 * @throws {RangeError} When a metric or timing is not a finite number.
 * @example await saveResults({ seed, data: mnist, metrics: { accuracy } });
 */
export async function saveResults(results: RunResults, options: { file?: string } = {}): Promise<string> {
  for (const [name, value] of Object.entries({ ...results.metrics, ...results.timings })) {
    if (!Number.isFinite(value)) throw new RangeError(`Expected the metric "${name}" to be a finite number but found ${value}.`);
  }
  const host = kernelHost();
  const file = options.file ?? host?.resultsFile ?? join(process.cwd(), "build", "results", "results.json");
  const notebook = host?.notebook ?? null;
  const { data, claims = [], ...rest } = results;
  const content: ResultsFile = {
    notebook: notebook && basename(notebook),
    codeHash: notebook && codeHash(JSON.parse(await readFile(notebook, "utf8")) as NotebookFile),
    ...rest,
    ...(data && { data: { name: data.name, isReal: data.isReal } }),
    claims: judgeClaims(claims, data ?? { isReal: true }),
    machine: machine(),
    backend: await ready(),
    versions: { node: process.versions.node, tfjs: tf.version.tfjs },
    figures: Object.fromEntries(shownFigures()),
  };
  await writeFileAtomically(file, Buffer.from(`${JSON.stringify(content, null, 1)}\n`));
  return file;
}
