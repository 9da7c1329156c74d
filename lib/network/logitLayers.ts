import type { Network, NetworkLayer } from "./network.js";

/** What turns logits into probabilities, linear for nothing. */
export type Ending = "linear" | "sigmoid" | "softmax";

/**
 * The layers that a network computes its logits with: without dropout, which only training has, and without the softmax or
 * sigmoid that it ends in, which is named instead.
 *
 * @example
 * logitLayers(describeNetwork(model, { trainable: false }).network).ending; // "softmax"
 */
export function logitLayers({ layers }: Network): { layers: NetworkLayer[]; ending: Ending } {
  const chain = layers.filter(({ kind }) => kind !== "dropout");
  const last = chain.at(-1);
  if (last?.kind !== "activation" || (last.activation !== "softmax" && last.activation !== "sigmoid")) {
    return { layers: chain, ending: "linear" };
  }
  return { layers: chain.slice(0, -1), ending: last.activation };
}
