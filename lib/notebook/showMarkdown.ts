import { display } from "./display.js";

/**
 * Shows text in Markdown; a terminal prints it as it is.
 *
 * @param text Markdown, with formulas between `$` if wanted.
 * @example
 * ```ts
 * showMarkdown(`The model keeps **${kept} of ${all}** weights.`);
 * ```
 */
export function showMarkdown(text: string): void {
  display({ "text/markdown": text, "text/plain": text });
}
