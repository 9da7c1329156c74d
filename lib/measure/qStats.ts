import * as tf from "@tensorflow/tfjs";
import { QActivation } from "../layers/qActivation.js";
import { macsOf } from "../layers/countOperations.js";
import { QuantizedKernelLayer } from "../layers/quantizedKernelLayer.js";
import { plainLayer } from "../pruning/pruneLowMagnitudeLayer.js";
import { QuantizedBits } from "../quantizers/quantizedBits.js";
import { QuantizedRelu } from "../quantizers/quantizedRelu.js";
import type { Quantizer } from "../quantizers/quantizer.js";

/** What one quantized layer costs. */
export interface LayerStats {
  layer: string;
  /** Multiplications a sample. */
  operations: number;
  /** Kind of a multiplication and the bits of weight and input, such as `smult_8_16`. */
  operationType: string;
  weights: number;
  weightBits: number;
  biases: number;
  biasBits: number;
  /** Share of zeros among the quantized weights AND biases, as QKeras counts them. */
  sparsity: number;
}

interface Operand {
  bits: number;
  signed: boolean;
  float: boolean;
}

const FLOAT: Operand = { bits: 32, signed: true, float: true };

/** Kind of number a quantizer makes, as QKeras's `get_quant_mode` sees it. */
function operand(quantizer: Quantizer | null): Operand {
  if (quantizer instanceof QuantizedBits) return { bits: quantizer.bits, signed: quantizer.keepNegative, float: false };
  if (quantizer instanceof QuantizedRelu) {
    return { bits: quantizer.bits, signed: quantizer.negativeSlope !== 0, float: false };
  }
  return FLOAT;
}

/** QKeras takes an input that nothing quantizes for 8-bit pixels. */
const PIXELS: Operand = { bits: 8, signed: false, float: false };

/**
 * Counts operations, bits and zeros of the quantized layers of a model (QKeras: `extract_model_operations`
 * and `get_model_sparsity`). Layers in float32 and normalizations are left out, as QKeras does. Of a depthwise convolution
 * all weights and multiplications are counted; QKeras has channels² times the window for the weights and leaves
 * depthMultiplier out of the multiplications.
 *
 * @param model A sequential model; layers follow each other.
 */
export function qStats(model: tf.LayersModel): LayerStats[] {
  const stats: LayerStats[] = [];
  let input = PIXELS;
  for (const outer of model.layers) {
    const layer = plainLayer(outer);
    if (layer instanceof QActivation) input = operand(layer.quantizer);
    if (!(layer instanceof QuantizedKernelLayer)) continue;
    const weight = operand(layer.kernelQuantizer);
    const [kernel, bias] = tf.tidy(() => layer.quantizedWeights().map((tensor) => tensor?.dataSync() as Float32Array | undefined));
    const numbers = [...(kernel ?? []), ...(bias ?? [])];
    const kind = weight.float || input.float ? "fmult" : "mult";
    stats.push({
      layer: layer.name,
      operations: macsOf(outer, layer),
      operationType: `${weight.signed || input.signed ? "s" : "u"}${kind}_${weight.bits}_${input.bits}`,
      weights: kernel?.length ?? 0,
      weightBits: weight.bits,
      biases: bias?.length ?? 0,
      biasBits: operand(layer.biasQuantizer).bits,
      sparsity: numbers.filter((value) => value === 0).length / numbers.length,
    });
    input = layer.activation ? operand(layer.activation.quantizer) : FLOAT;
  }
  return stats;
}
