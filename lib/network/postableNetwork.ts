import type { NumberFormat } from "../quantizers/numberFormat.js";
import { Quantizer } from "../quantizers/quantizer.js";
import type { Network, NetworkLayer, Weight } from "./network.js";

function postableFormat(format: NumberFormat): NumberFormat {
  if (format.kind !== "custom" || !(format.quantizer instanceof Quantizer)) return format;
  const { className } = format.quantizer;
  return { kind: "custom", quantizer: { className, config: format.quantizer.getConfig() } };
}

const postableWeight = (weight: Weight): Weight => ({ ...weight, format: weight.format && postableFormat(weight.format) });

function postableLayer(layer: NetworkLayer): NetworkLayer {
  switch (layer.kind) {
    case "dense":
      return { ...layer, kernel: postableWeight(layer.kernel), bias: layer.bias && postableWeight(layer.bias) };
    case "activation":
      if (typeof layer.activation === "string") return layer;
      return { ...layer, activation: postableFormat(layer.activation) };
    case "dropout":
    case "batchNormalization":
      return layer;
  }
}

/** The same network in a form that can be posted to a worker: quantizers as their configs. */
export function postableNetwork({ inputs, layers }: Network): Network {
  return { inputs, layers: layers.map(postableLayer) };
}
