import type { NumberFormat } from "../quantizers/numberFormat.js";
import { getQuantizer } from "../quantizers/getQuantizer.js";
import { Quantizer } from "../quantizers/quantizer.js";
import type { Network, NetworkLayer, Weight } from "./network.js";
import { UnsupportedModel } from "./unsupportedModel.js";

function postableFormat(format: NumberFormat): NumberFormat {
  if (format.kind !== "custom" || !(format.quantizer instanceof Quantizer)) return format;
  const { className } = format.quantizer;
  const description = { className, config: format.quantizer.getConfig() };
  try {
    getQuantizer(description);
  } catch (error) {
    throw new UnsupportedModel(`the quantizer ${className} is not one of the library's`, { cause: error });
  }
  return { kind: "custom", quantizer: description };
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

/**
 * The same network in a form that can be posted to a worker: quantizers as their configs.
 *
 * @throws {UnsupportedModel} When a quantizer cannot be made from its config.
 */
export function postableNetwork({ inputs, layers, branches }: Network): Network {
  const posted = branches?.map((branch) => ({ ...branch, layers: branch.layers.map(postableLayer) }));
  return { inputs, layers: layers.map(postableLayer), ...(posted && { branches: posted }) };
}
