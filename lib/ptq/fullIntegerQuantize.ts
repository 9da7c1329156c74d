import type * as tf from "@tensorflow/tfjs";
import { integerProgram } from "../integer/integerProgram.js";
import { QDense } from "../layers/qDense.js";
import { UnsupportedModel } from "../network/unsupportedModel.js";
import { affineParameters, QuantizedAffine, quantizedAffine } from "../quantizers/quantizedAffine.js";
import { checkNames } from "../training/checkOptions.js";
import type { Calibration } from "./calibrate.js";
import { checkCalibration } from "./calibrationRange.js";
import { denseChain, rawWeights, splitEnding } from "./denseChain.js";
import type { DenseBlock } from "./denseChain.js";
import { refuseQuantizers } from "./dynamicRangeQuantize.js";
import { kernelFormat } from "./kernelFormat.js";
import type { WeightQuantization } from "./kernelFormat.js";
import { buildQuantizedChain } from "./quantizedChain.js";
import type { CalibrationRange } from "./range.js";

/** What `fullIntegerQuantize` takes. */
export interface FullIntegerQuantizeArgs extends WeightQuantization {
  /** Bits of the codes of input and outputs, 2 to 16. Default that of weights. */
  activationBits?: number;
}

const BIAS_BITS = 32;
// A code of a bias takes at most half of its range, and leaves the rest to the sum.
const LARGEST_BIAS = 2 ** (BIAS_BITS - 2);

/** The range of a layer's output; a ReLU is a range that begins at 0. */
function outputRange(block: DenseBlock, isLast: boolean, calibration: Calibration): { range: CalibrationRange; ending: "softmax" | "sigmoid" | null } {
  const { activations, ending } = isLast ? splitEnding(block) : { activations: block.activations, ending: null };
  const wrong = activations.find(({ name }, i) => name !== "relu" || i > 0);
  if (wrong) throw new TypeError(`Expected ${block.name} to be followed by ReLU or nothing, which integers can do, but found ${wrong.name}.`);
  const range = calibration.layers[block.name];
  if (!range) throw new TypeError(`Expected a range of ${block.name} in the calibration but found ${Object.keys(calibration.layers).join(", ")}.`);
  return { range: activations.length > 0 ? { min: 0, max: Math.max(range.max, 0) } : range, ending };
}

/** A format in which no scale is below the least one of its unit; the same where none was. */
function withLeastScales(own: QuantizedAffine, units: number, least: readonly number[]): QuantizedAffine {
  const isPerChannel = own.axis !== null;
  const leasts = isPerChannel ? least : [Math.max(0, ...least)];
  const scales = own.scales(isPerChannel ? units : 1) as Float32Array;
  if (scales.every((scale, i) => scale >= (leasts[i] ?? 0))) return own;
  const scale = Array.from(scales, (each, i) => Math.fround(Math.max(each, leasts[i] ?? 0)));
  const { bits, axis } = own;
  return quantizedAffine({ bits, symmetric: true, zeroPoint: 0, axis, scale: isPerChannel ? scale : scale[0] });
}

/** The format that a kernel has already, as `adaRound` gives it one, or the one that its weights ask for. */
function formatOf(block: DenseBlock, options: WeightQuantization, inputScale: number): QuantizedAffine {
  const { layer, name, units } = block;
  const own = layer instanceof QDense ? layer.kernelQuantizer : null;
  const { kernel, bias } = rawWeights(block);
  // A unit with tiny weights and a large bias: codes of the bias would not fit (TFLite: `AdjustWeightsForBiasScale`).
  const least = bias ? Array.from(bias, (value) => Math.abs(value) / LARGEST_BIAS / inputScale) : [];
  if (!own) return kernelFormat(kernel, units, options, least);
  if (own instanceof QuantizedAffine && own.isFixedSymmetric && own.axis !== 0) return withLeastScales(own, units, least);
  throw new TypeError(`Expected ${name} to have a float kernel or one with fixed symmetric scales but found ${String(own)}.`);
}

/**
 * Quantizes a trained model wholly (full integer quantization, FIQ, as TFLite does it): input, weights and outputs have
 * affine codes, biases 32-bit codes with the scale of the sum, and between input and logits there is no float any more:
 * `integerProgram` computes it in integers. What makes probabilities of the logits stays float.
 *
 * @param model Built, a chain of Dense, ReLU, Dropout and Flatten; the last may end in softmax or sigmoid. It stays as it
 *   is. A kernel that has fixed symmetric scales, as `adaRound` and `weightOnlyQuantize` give it, keeps them, but for units whose
 *   bias is so large beside their weights that it needs a larger one.
 * @param calibration Ranges of input and outputs, from `calibrate`.
 * @param options See `FullIntegerQuantizeArgs`.
 * @returns A sequential model that is not compiled: `qActivation` of the input, then for each layer a `qDense` and a
 *   `qActivation`, in which a ReLU is contained. Dropout is left out.
 * @throws {TypeError} When integers cannot do a layer, or the calibration is of another model.
 * @throws {RangeError} When an option is out of range, or there are so many bits that sums could need more than 32, as with 16
 *   of weights and of activations.
 * @example
 * const calibration = await calibrate(model, scalePixels(subset(train, { perClass: 100 }).images));
 * const quantized = fullIntegerQuantize(model, calibration);
 */
export function fullIntegerQuantize(model: tf.LayersModel, calibration: Calibration, options: FullIntegerQuantizeArgs = {}): tf.Sequential {
  checkNames("fullIntegerQuantize", options, ["bits", "activationBits", "perChannel", "method"]);
  const { bits = 8, activationBits = bits } = options;
  checkCalibration({ bits, method: options.method });
  checkCalibration({ bits: activationBits });
  if (typeof calibration?.input !== "object" || typeof calibration.layers !== "object") {
    throw new TypeError("Expected ranges as calibrate finds them, { input, layers }, but found something else: await calibrate(model, x).");
  }
  const chain = denseChain(model);
  refuseQuantizers(chain);
  if (chain.before.length > 0) throw new TypeError(`Expected a dense layer first but found ${chain.before[0].name}.`);
  const format = { bits: activationBits };
  let input = calibration.input;
  const blocks = chain.blocks.map((block, i) => {
    const { range, ending } = outputRange(block, i === chain.blocks.length - 1, calibration);
    const inputScale = affineParameters(input.min, input.max, format).scale;
    const kernelQuantizer = formatOf(block, options, inputScale);
    const perChannel = kernelQuantizer.axis !== null;
    const weightScales = kernelQuantizer.scales(perChannel ? block.units : 1) as Float32Array;
    const biasScale = Array.from(weightScales, (scale) => Math.fround(inputScale * scale));
    const biasFormat = { bits: BIAS_BITS, zeroPoint: 0 };
    const made = {
      block,
      inputQuantizer: i === 0 ? quantizedAffine({ ...format, ...input }) : null,
      kernelQuantizer,
      biasQuantizer: quantizedAffine(perChannel ? { ...biasFormat, axis: 0, scale: biasScale } : { ...biasFormat, scale: biasScale[0] }),
      activations: [quantizedAffine({ ...format, ...range }), ...(ending ? [ending] : [])],
    };
    input = range;
    return made;
  });
  const quantized = buildQuantizedChain(chain, blocks);
  try {
    integerProgram(quantized);
  } catch (error) {
    quantized.dispose();
    if (!(error instanceof UnsupportedModel)) throw error;
    const found = `${bits} bits of weights and ${activationBits} of activations`;
    throw new RangeError(`Expected a network that integers can compute with but found, with ${found}: ${error.message}.`, { cause: error });
  }
  return quantized;
}
