import type { Figure } from "./figure.js";

const shown = new Map<string, Figure>();

/**
 * Gives the figures shown so far in this session, by name, in the order in which they were first shown.
 *
 * @example
 * ```ts
 * for (const [name, figure] of shownFigures()) writeFileSync(`${name}.svg`, await toSvg(figure));
 * ```
 */
export function shownFigures(): ReadonlyMap<string, Figure> {
  return shown;
}

/** Keeps a figure under its name; a figure of the same name is replaced. */
export function keepShownFigure(name: string, figure: Figure): void {
  shown.set(name, figure);
}

/** Forgets all figures shown so far. */
export function clearShownFigures(): void {
  shown.clear();
}
