import type { Rows } from "../data/rows.js";
import { targetColumns } from "./loss.js";
import type { Loss } from "./loss.js";
import type { Network } from "./network.js";

/** Numbers that a network gives for a sample. */
export const outputsOf = ({ inputs, layers }: Network): number =>
  layers.reduce((columns, layer) => (layer.kind === "dense" ? layer.units : columns), inputs);

/**
 * Throws unless samples, and targets where there are any, have the sizes that a network and its loss expect.
 *
 * @throws {TypeError} With the size expected and the one found.
 */
export function checkSizes(network: Network, loss: Loss, x: Rows, y?: Rows): void {
  if (x.size !== network.inputs) throw new TypeError(`Expected samples of ${network.inputs} numbers but found ${x.size}.`);
  const columns = targetColumns(loss, outputsOf(network));
  if (y && y.size !== columns) throw new TypeError(`Expected targets of ${columns} numbers for ${loss.kind} but found ${y.size}.`);
}
