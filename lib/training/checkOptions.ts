import type { FitCallback, FitOptions } from "./fitOptions.js";
import { kindOf } from "./kindOf.js";

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
