import { readFile } from "node:fs/promises";
import { writeFileAtomically } from "../data/writeFileAtomically.js";
import type { Trial } from "../search/openStudy.js";
import { machine } from "./machine.js";

/** What a study found, as it stands in `results/study-<name>.json`. */
export interface StudyFile {
  /** The study's program below `studies/`. */
  study: string;
  /** sha256 of that program. */
  codeHash: string;
  seeds: number[];
  /** Day on which it ended. */
  date: string;
  /** What it ran on, see `machine`. */
  machine: string;
  /** For each seed its metrics, named by the other params of their trials in order: "magnitude.one-shot.0.9.accuracy". */
  runs: { seed: number; metrics: Record<string, number> }[];
}

/** What a study found, at hand. */
export interface StudyResults extends StudyFile {
  /**
   * A metric's numbers, one a seed.
   *
   * @throws {RangeError} When there is no such metric.
   */
  values(metric: string): number[];
}

/**
 * Writes what a study found, by seeds.
 *
 * @param trials All of them; each has a `seed` among its params, and all seeds have the same trials.
 * @throws {RangeError} When a seed lacks a trial that another one has.
 */
export async function saveStudy(
  file: string,
  { study, codeHash, trials }: { study: string; codeHash: string; trials: readonly Trial[] },
): Promise<void> {
  const seeds = [...new Set(trials.map(({ params }) => Number(params.seed)))].sort((a, b) => a - b);
  const runs = seeds.map((seed) => {
    const own = trials.filter(({ params }) => params.seed === seed);
    const metrics = own.flatMap(({ params, metrics }) => {
      const name = Object.entries(params).filter(([param]) => param !== "seed").map(([, value]) => value).join(".");
      return Object.entries(metrics).map(([metric, value]): [string, number] => [`${name}.${metric}`, value]);
    });
    return { seed, metrics: Object.fromEntries(metrics.sort(([a], [b]) => (a < b ? -1 : 1))) };
  });
  const [first] = runs;
  for (const { seed, metrics } of runs) {
    const missing = Object.keys({ ...first.metrics, ...metrics }).find((name) => !(name in metrics) || !(name in first.metrics));
    if (missing) throw new RangeError(`Expected the same trials of all seeds but found ${missing} not with seeds ${first.seed} and ${seed}.`);
  }
  const content: StudyFile = { study, codeHash, seeds, date: new Date().toISOString().slice(0, 10), machine: machine(), runs };
  await writeFileAtomically(file, Buffer.from(`${JSON.stringify(content, null, 1)}\n`));
}

/**
 * Reads what a study found.
 *
 * @param file `results/study-<name>.json`, which `npm run study -- <name>` writes.
 * @throws {SyntaxError} When it is no such file.
 * @example
 * const study = await readStudy("../results/study-pruning.json");
 * study.values("magnitude.one-shot.0.9.10.accuracy"); // [0.884, 0.886, …], one a seed
 */
export async function readStudy(file: string): Promise<StudyResults> {
  const content = JSON.parse(await readFile(file, "utf8")) as StudyFile;
  if (!Array.isArray(content?.runs) || typeof content.machine !== "string") {
    throw new SyntaxError(`Expected the results of a study in ${file}: npm run study writes it`);
  }
  return {
    ...content,
    values: (metric) =>
      content.runs.map(({ metrics }) => {
        if (metric in metrics) return metrics[metric];
        throw new RangeError(`Expected a metric of ${file} but found "${metric}".`);
      }),
  };
}
