import type { FitCallback, FitOptions } from "./fitOptions.js";
import { kindOf } from "../data/kindOf.js";

const fitOptions: Record<keyof FitOptions, true> = {
  epochs: true,
  batchSize: true,
  shuffle: true,
  seed: true,
  validationData: true,
  validationSplit: true,
  sampleWeight: true,
  classWeight: true,
  callbacks: true,
  signal: true,
  verbose: true,
  label: true,
  engine: true,
};

/** How many letters have to be added, left out or exchanged to make one word of another (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      next.push(Math.min(row[j] + Number(from[i] !== to[j]), row[j + 1] + 1, next[j] + 1));
    }
    row = next;
  }
  return row[to.length];
}

/** Throws unless options are an object that has none but the known ones; the message names the nearest. */
export function checkNames(who: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`Expected the options of ${who} to be an object but found ${kindOf(options)}.`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  // Keras's names have underscores.
  const plain = (name: string): string => name.replaceAll("_", "").toLowerCase();
  const far = (name: string): number => distance(plain(unknown), plain(name));
  const nearest = [...known].sort((a, b) => far(a) - far(b))[0];
  const isNear = nearest.toLowerCase().startsWith(plain(unknown)) || far(nearest) <= plain(unknown).length / 2;
  const cure = isNear ? `did you mean ${nearest}?` : `there are ${known.join(", ")}.`;
  throw new TypeError(`${who} has no option ${unknown}: ${cure}`);
}

/** The same for the options of `fit`, of `fitAll`'s jobs too. */
export const checkFitNames = (options: FitOptions): void => checkNames("fit", options, Object.keys(fitOptions));

const engines: readonly string[] = ["auto", "wasm", "tfjs"] satisfies FitOptions["engine"][];

/** Throws unless an option is left out or an AbortSignal. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || typeof (signal as AbortSignal | null)?.throwIfAborted === "function") return;
  throw new TypeError(`Expected signal to be an AbortSignal but found ${kindOf(signal)}.`);
}

/** The callbacks of a training, as a list. */
export function readCallbacks(callbacks: FitOptions["callbacks"]): FitCallback[] {
  const list = [callbacks === undefined ? [] : callbacks].flat();
  for (const callback of list as unknown[]) {
    if (typeof callback === "object" && callback !== null) continue;
    const example = "{onEpochEnd(epoch, logs) {…}}";
    throw new TypeError(`Expected callbacks to be objects such as ${example} but found ${kindOf(callback)}.`);
  }
  return list;
}

/** Throws unless an option names an engine. */
export function checkEngine(engine: string): void {
  if (!engines.includes(engine)) throw new RangeError(`Expected engine to be "auto", "wasm" or "tfjs" but found "${engine}".`);
}
