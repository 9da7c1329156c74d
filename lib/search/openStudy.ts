import { appendFile, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";

/** What was tried, by name: settings, seeds. */
export type TrialParams = Record<string, string | number>;

/** One thing that was tried, and what came out. */
export interface Trial {
  params: TrialParams;
  /** Numbers by name, such as `{ accuracy: 0.89 }`. */
  metrics: Record<string, number>;
}

/** Trials that are kept in a file, so that what was measured is not measured again. */
export interface Study {
  /** All trials, in the order in which they ended. */
  readonly trials: readonly Trial[];
  /** The trial with these params, whatever their order, if there is one. */
  find(params: TrialParams): Trial | undefined;
  /**
   * Writes a trial to the file.
   *
   * @throws {RangeError} When a metric is not a finite number, or there is a trial with these params.
   */
  add(params: TrialParams, metrics: Record<string, number>): Promise<Trial>;
}

const keyOf = (params: TrialParams): string => JSON.stringify(Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)));

function parse(line: string, number: number, file: string): Trial {
  try {
    const { params, metrics } = JSON.parse(line) as Trial;
    if (typeof params === "object" && typeof metrics === "object") return { params, metrics };
  } catch {
    // Told below, like JSON of another kind.
  }
  throw new SyntaxError(`Expected a trial in line ${number} of ${file} but found ${line.slice(0, 60)}`);
}

/**
 * Opens a study: a file with a trial a line, in JSON. One that was interrupted goes on where it stopped; a last line that
 * was not written to its end counts as not there.
 *
 * @param file Is made, with its folder, by the first trial.
 * @throws {SyntaxError} When a line is no trial; the file is left as it is.
 * @example
 * const study = await openStudy("build/studies/bits.jsonl");
 * for (const bits of [2, 4, 8]) {
 *   if (!study.find({ bits })) await study.add({ bits }, { accuracy: await accuracyWith(bits) });
 * }
 */
export async function openStudy(file: string): Promise<Study> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const trials = whole.split("\n").slice(0, -1).map((line, i) => parse(line, i + 1, file));
  const byKey = new Map(trials.map((trial) => [keyOf(trial.params), trial]));
  let isWhole = whole.length === text.length;
  return {
    trials,
    find: (params) => byKey.get(keyOf(params)),
    async add(params, metrics) {
      for (const [name, value] of Object.entries(metrics)) {
        if (!Number.isFinite(value)) throw new RangeError(`Expected the metric "${name}" to be a finite number but found ${value}.`);
      }
      const key = keyOf(params);
      if (byKey.has(key)) throw new RangeError(`Expected a new trial but found one with ${JSON.stringify(params)}.`);
      const trial = { params, metrics };
      byKey.set(key, trial);
      trials.push(trial);
      await mkdir(dirname(file), { recursive: true });
      if (!isWhole) await truncate(file, Buffer.byteLength(whole));
      isWhole = true;
      await appendFile(file, `${JSON.stringify(trial)}\n`, { flush: true });
      return trial;
    },
  };
}

async function truncate(file: string, bytes: number): Promise<void> {
  const handle = await open(file, "r+");
  await handle.truncate(bytes);
  await handle.close();
}
