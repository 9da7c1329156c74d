import type { Network, NetworkLayer, Weight } from "./network.js";

/** The weights of a layer, trainable or not, in a fixed order. */
export function weightsOfLayer(layer: NetworkLayer): Weight[] {
  switch (layer.kind) {
    case "dense":
      return layer.bias ? [layer.kernel, layer.bias] : [layer.kernel];
    case "batchNormalization":
      return [layer.gamma, layer.beta, layer.movingMean, layer.movingVariance];
    case "activation":
    case "dropout":
      return [];
  }
}

/** All weights of a network and its branches, in a fixed order. */
export const weightsOf = ({ layers, branches = [] }: Network): Weight[] =>
  [...layers, ...branches.flatMap((branch) => branch.layers)].flatMap(weightsOfLayer);
