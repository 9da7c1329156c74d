import { kernelHost, type DisplayOptions } from "./host.js";

/**
 * Shows one output in several MIME types; the notebook picks the richest it can draw.
 *
 * Outside a notebook the `text/plain` entry is printed.
 *
 * @param bundle MIME type to content. Always give `text/plain`: it is what a terminal shows.
 * @param options `id` names the output, `update` replaces the one with that name.
 * @example
 * ```ts
 * display({ "text/markdown": "**done**", "text/plain": "done" });
 * ```
 */
export function display(bundle: Record<string, unknown>, options: DisplayOptions = {}): void {
  const host = kernelHost();
  if (host !== null) {
    host.display(bundle, options);
    return;
  }
  const text = bundle["text/plain"];
  if (typeof text === "string") process.stdout.write(`${text}\n`);
}
