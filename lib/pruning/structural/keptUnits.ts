/** For layers by name the units that stay, in ascending order, counted from 0; a layer that is not named keeps all. */
export type KeptUnits = Record<string, readonly number[]>;

/**
 * Throws unless the units of a layer are whole numbers in ascending order, at least one.
 *
 * @throws {RangeError} With what was found.
 */
export function checkKeptUnits(layer: string, kept: readonly number[], units: number): void {
  const inOrder = kept.every((unit, i) => Number.isInteger(unit) && unit > (kept[i - 1] ?? -1) && unit < units);
  if (kept.length === 0 || !inOrder) {
    const found = `[${kept.join(", ")}]`;
    throw new RangeError(`Expected units of ${layer}, some of 0 to ${units - 1} in ascending order, but found ${found}.`);
  }
}
