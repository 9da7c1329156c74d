import type { NumberFormat } from "../quantizers/numberFormat.js";
import type { QuantizerIdentifier } from "../quantizers/getQuantizer.js";
import type { Quantizer } from "../quantizers/quantizer.js";
import type { Arena } from "./arena.js";
import type { StoredWeight } from "./storedWeight.js";

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

/** Writes the quantized values of a weight to where its layer reads them. */
export function quantizeInto({ kernels }: Arena, format: NumberFormat, stored: StoredWeight): void {
  const { values, effective, bytes, weight, panelRows, rows, columns } = stored;
  switch (format.kind) {
    case "fixedPoint":
      return kernels.quantizeFixedPoint(values, effective, bytes, format.step, format.low, format.high, format.alpha);
    case "sign":
      return kernels.quantizeSign(values, effective, bytes, format.low, format.high);
    case "autoScale":
      kernels.quantizeAutoScale(
        values, effective, panelRows, rows, columns, format.unit, format.levels, format.powerOfTwo,
      );
      return;
    case "custom":
      stored.download();
      return stored.write(effective, customQuantizer(format).quantize(weight.values, weight.shape));
  }
}

/** Turns the gradient of a weight's quantized values into that of its values: the straight-through estimate. */
export function straightThrough(arena: Arena, format: NumberFormat, stored: StoredWeight): void {
  const { values, gradient, bytes, weight } = stored;
  if (format.kind === "fixedPoint" && format.ceiling !== null) {
    arena.kernels.clippedReluGradient(values, gradient, gradient, bytes, format.ceiling);
  }
  if (format.kind !== "custom") return;
  stored.download();
  const slope = customQuantizer(format).slope(weight.values);
  if (slope === 1) return;
  const product = new Float32Array(weight.values.length);
  stored.read(gradient, product);
  stored.write(gradient, product.map((g, i) => g * (typeof slope === "number" ? slope : slope[i])));
}
