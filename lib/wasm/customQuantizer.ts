import type { QuantizerIdentifier } from "../quantizers/getQuantizer.js";
import type { NumberFormat } from "../quantizers/numberFormat.js";
import type { Quantizer } from "../quantizers/quantizer.js";

const custom = new WeakMap<object, Quantizer>();

/** The quantizer of a custom format; asking for it is what loads TensorFlow.js, so it is done when it is needed. */
export function customQuantizer(format: NumberFormat & { kind: "custom" }): Quantizer {
  let quantizer = custom.get(format);
  if (!quantizer) {
    const { getQuantizer } = require("../quantizers/getQuantizer.js") as {
      getQuantizer: (identifier: QuantizerIdentifier) => Quantizer;
    };
    custom.set(format, (quantizer = getQuantizer(format.quantizer)));
  }
  return quantizer;
}
