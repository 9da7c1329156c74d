import type { LayerConfig } from "../layers/cloneModel.js";
import { QDense } from "../layers/qDense.js";
import { serialize } from "../layers/serialized.js";
import type { Quantizer } from "../quantizers/quantizer.js";

/** The config of a QDense in the place of a Dense or QDense: the same but for the quantizer of its kernel. */
export function quantizedLayer({ config }: LayerConfig, kernelQuantizer: Quantizer): LayerConfig {
  const { name, units, activation, useBias, batchInputShape, trainable, biasQuantizer = null } = config;
  return {
    className: QDense.className,
    config: {
      name,
      units,
      activation,
      useBias,
      ...(batchInputShape ? { batchInputShape } : {}),
      trainable,
      kernelQuantizer: serialize(kernelQuantizer),
      biasQuantizer,
      // The weights follow: there is nothing to draw.
      kernelInitializer: "zeros",
    },
  };
}

/**
 * An option for all dense layers, or for some by name.
 *
 * @param names Of the model's dense layers.
 * @throws {RangeError} When a name is not one of them.
 */
export function byLayer(option: string, value: number | Readonly<Record<string, number>>, names: readonly string[]): Map<string, number> {
  if (typeof value !== "object" || value === null) return new Map(names.map((name) => [name, value]));
  const wrong = Object.keys(value).find((name) => !names.includes(name));
  if (wrong !== undefined) throw new RangeError(`Expected ${option} for dense layers, ${names.join(", ")}, but found ${wrong}.`);
  return new Map(Object.entries(value));
}
