import * as tf from "@tensorflow/tfjs";
import { LearnedStepActivation, PactActivation } from "../layers/learnedActivation.js";
import { QActivation } from "../layers/qActivation.js";
import { macsOf } from "../layers/countOperations.js";
import { QuantizedKernelLayer } from "../layers/quantizedKernelLayer.js";
import { plainLayer } from "../pruning/pruneLowMagnitudeLayer.js";
import { QuantizedAffine } from "../quantizers/quantizedAffine.js";
import type { Quantizer } from "../quantizers/quantizer.js";

/** What one quantized layer costs. */
export interface LayerStats {
  layer: string;
  /** Multiplications a sample. */
  operations: number;
  /**
   * Kind of a multiplication and the bits of weight and input, such as `smult_8_16`: s or u whether one of them has a
   * sign, then mult, mux (ternary, binary), barrel (a shift, by a power of two), adder, xor or fmult (float).
   */
  operationType: string;
  weights: number;
  weightBits: number;
  biases: number;
  biasBits: number;
  /** Share of zeros among weights AND biases after quantizing, 0 to 1, as QKeras counts them. */
  sparsity: number;
}

/** Kinds of numbers that multiply differently, in the order of QKeras's table. */
type Mode = 0 | 1 | 2 | 3 | 4 | 5;

interface Operand {
  mode: Mode;
  bits: number;
  signed: boolean;
}

const FLOAT: Operand = { mode: 5, bits: 32, signed: true };

/** QKeras's signs of the formats with more than three values, and those that it does not know. */
const signs: Readonly<Record<string, boolean>> = {
  quantized_bits: true, quantized_relu: false, quantized_ulaw: true, quantized_tanh: true, quantized_po2: true,
  quantized_relu_po2: false, quantized_hswish: true, quantized_sigmoid: false,
};

/** What multiplies a weight, the row, and an input, the column (QKeras: `get_operation_type`). */
const operationNames: readonly (readonly string[])[] = [
  // fixed point, powers of two, ternary, -1 and 1, 0 and 1, float
  ["mult", "barrel", "mux", "mux", "mux", "fmult"],
  ["barrel", "adder", "mux", "xor", "mux", "fmult"],
  ["mux", "mux", "mux", "mux", "xor", "fmult"],
  ["mux", "xor", "mux", "xor", "xor", "fmult"],
  ["mux", "mux", "xor", "xor", "xor", "fmult"],
  ["fmult", "fmult", "fmult", "fmult", "fmult", "fmult"],
];

/** The mode of a format (QKeras: `get_quant_mode`); two-bit integers are ternary there, one-bit ones 0 and 1. */
function modeOf(quantizer: Quantizer): Mode {
  const { className, bits } = quantizer;
  if (className.endsWith("ternary")) return 2;
  if (className.endsWith("binary")) return 3;
  if (className === "bernoulli") return 4;
  if (className.endsWith("po2")) return 1;
  if (className === "codebook") return 5;
  const { integer } = quantizer.getConfig();
  if (["quantized_bits", "quantized_ulaw"].includes(className) && bits === 2 && integer === 1) return 2;
  return className === "quantized_relu" && bits === 1 && integer === 1 ? 4 : 0;
}

/** Kind of number that a quantizer makes. Signs are QKeras's: of a format without negative values too, of a leaky one not. */
function operand(quantizer: Quantizer | null): Operand {
  if (!quantizer) return FLOAT;
  const mode = modeOf(quantizer);
  const signed = quantizer instanceof QuantizedAffine ? quantizer.signed : (signs[quantizer.className] ?? mode !== 4);
  return { mode, bits: quantizer.bits, signed };
}

/** QKeras takes an input that nothing quantizes for 8-bit pixels. */
const PIXELS: Operand = { mode: 0, bits: 8, signed: false };

/**
 * Counts operations, bits and zeros of the quantized layers of a model (QKeras: `extract_model_operations`
 * and `get_model_sparsity`). Layers in float32 and normalizations are left out, as QKeras does; the model's input counts as
 * unsigned 8-bit pixels. Of a depthwise convolution all weights and multiplications are counted; QKeras has channels² times
 * the window for the weights and leaves depthMultiplier out of the multiplications.
 *
 * Formats that QKeras does not know count as fixed point of their bits: affine ones, LSQ and PACT, `quantized_sigmoid`
 * and `quantized_hswish`. Weights of a `codebook` are multiplied as the float32 numbers that its list holds: `fmult`, with the
 * bits that their place in the list takes.
 *
 * That the model takes 8-bit pixels is assumed whatever its data are, as QKeras does: with real-valued samples the first layer
 * multiplies floats. A `qActivation` before it says what the input is.
 *
 * @param model A sequential model; layers follow each other.
 */
export function qStats(model: tf.LayersModel): LayerStats[] {
  const stats: LayerStats[] = [];
  let input = PIXELS;
  for (const outer of model.layers) {
    const layer = plainLayer(outer);
    if (layer instanceof QActivation) input = operand(layer.quantizer);
    // Asking for the quantizer would set a step that is not found yet.
    if (layer instanceof LearnedStepActivation) input = { mode: 0, bits: layer.bits, signed: layer.signed };
    if (layer instanceof PactActivation) input = { mode: 0, bits: layer.bits, signed: false };
    if (!(layer instanceof QuantizedKernelLayer)) continue;
    const weight = operand(layer.kernelQuantizer);
    const [kernel, bias] = tf.tidy(() => layer.quantizedWeights().map((tensor) => tensor?.dataSync() as Float32Array | undefined));
    const numbers = [...(kernel ?? []), ...(bias ?? [])];
    const kind = operationNames[weight.mode][input.mode];
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
