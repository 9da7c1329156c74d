import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../data/shape.js";
import type { Activation } from "../layers/activation.js";
import { LearnedStepActivation, PactActivation } from "../layers/learnedActivation.js";
import { weightQuantizer } from "../layers/quantizedKernelLayer.js";
import { plainLayer } from "../pruning/pruneLowMagnitudeLayer.js";

/** Bits that a layer, or the whole model, holds. */
export interface LayerBits {
  layer: string;
  /** Bits of weights and biases. */
  parameters: number;
  /** Bits of the outputs of activations, a sample. */
  activations: number;
  total: number;
}

/** Bits of an activated output; 0 where a layer has no activation. */
function activationBits(layer: tf.layers.Layer, floatBits: number, outputBits: number): number {
  if (layer instanceof LearnedStepActivation || layer instanceof PactActivation) return layer.bits;
  if (layer.getClassName() === "ReLU") return floatBits;
  if (layer.getClassName() === "Softmax") return outputBits;
  const own = (layer as unknown as { activation?: Activation | null }).activation;
  if (own?.quantizer) return own.quantizer.bits;
  const activation = layer.getConfig().activation ?? "linear";
  if (activation === "linear") return 0;
  return activation === "softmax" || activation === "sigmoid" ? outputBits : floatBits;
}

/**
 * Counts the bits of a model: of its parameters and of the outputs of its activations (QKeras:
 * `ForgivingFactorBits.compute_model_size`), as Coelho et al. 2021 (arXiv:2006.10159) compare networks.
 *
 * @param model Built, plain or being pruned; models inside of it are looked into.
 * @param options floatBits: bits of a number without a quantizer, default 32 (QKeras: `ref_bits`, 8); outputBits: those of
 *   an output of softmax or sigmoid, default 8.
 * @returns A row a layer that holds bits, in order, and a last one named "total".
 * @example countBits(model).at(-1)?.total; // 67795 for 16-64-32-32-5 with quantized_bits(15,5) everywhere
 */
export function countBits(
  model: tf.LayersModel,
  { floatBits = 32, outputBits = 8 }: { floatBits?: number; outputBits?: number } = {},
): LayerBits[] {
  const rowsOf = (inside: tf.LayersModel): LayerBits[] =>
    inside.layers.flatMap((outer) => {
      if ((outer as Partial<tf.LayersModel>).layers) return rowsOf(outer as tf.LayersModel);
      const layer = plainLayer(outer);
      const parameters = layer.weights.reduce(
        (sum, weight, i) => sum + sizeOf(weight.shape as number[]) * (weightQuantizer(layer, i)?.bits ?? floatBits), 0,
      );
      const outputs = sizeOf((outer.outputShape as tf.Shape).slice(1) as number[]);
      const activations = outputs * activationBits(layer, floatBits, outputBits);
      return parameters + activations === 0 ? [] : [{ layer: layer.name, parameters, activations, total: parameters + activations }];
    });
  const rows = rowsOf(model);
  const sum = (key: "parameters" | "activations" | "total"): number => rows.reduce((total, row) => total + row[key], 0);
  return [...rows, { layer: "total", parameters: sum("parameters"), activations: sum("activations"), total: sum("total") }];
}
