import * as tf from "@tensorflow/tfjs";
import { ready } from "../backend.js";
import { progressBar } from "../notebook/progressBar.js";
import type { QuantizedAffine } from "../quantizers/quantizedAffine.js";
import { checkCount } from "../training/prepareFit.js";
import type { Samples } from "../training/samples.js";
import { checkCalibration } from "./calibrationRange.js";
import { activate, calibrationRows, denseChain, matrixOf, rawWeights, sumsOf } from "./denseChain.js";
import { refuseQuantizers } from "./dynamicRangeQuantize.js";
import { kernelFormat } from "./kernelFormat.js";
import type { WeightQuantization } from "./kernelFormat.js";
import { learnRounding } from "./learnRounding.js";
import { withKernelQuantizers } from "./weightOnlyQuantize.js";

/** What `adaRound` takes. */
export interface AdaRoundArgs extends WeightQuantization {
  /** Bits of a weight's code, 2 to 16. Default 4. */
  bits?: number;
  /** How the range of the weights is found. Default "mse". */
  method?: WeightQuantization["method"];
  /** Steps for each layer. Default 500. */
  iterations?: number;
  /** Samples in a step. Default 32. */
  batchSize?: number;
  /** Of Adam, above 0. Default 0.1: a hundred times the paper's, for a twentieth of its 10,000 steps. */
  learningRate?: number;
  /** Factor of the regularizer that drives each rounding to one side, 0 or above. Default 0.01, as in the paper. */
  regularization?: number;
  /** Determines the batches. Default 0. */
  seed?: number;
  /** What the bar says. Default "AdaRound". */
  label?: string;
  /** 1 shows a bar, 0 nothing. Default 1. */
  verbose?: 0 | 1;
}

/**
 * Quantizes the kernels of a trained model, and learns for each weight whether to round it up or down, layer by layer:
 * outputs behind the activation come as near as they can to those of the float model, for inputs that the layers before,
 * quantized already, put out (AdaRound; Nagel et al. 2020, arXiv:2004.10568). Nearest rounding is not the best there is.
 *
 * @param model Built, a chain of Dense, activations, Dropout and Flatten; it stays as it is.
 * @param x Samples [n, …], some hundred of the training set; no labels are needed.
 * @param options See `AdaRoundArgs`.
 * @returns A model that is not compiled: kernels lie on the grid of their quantizer, whose scales are fixed; biases are
 *   float32. `fullIntegerQuantize` keeps the roundings.
 * @throws {TypeError} When the model has another layer or quantized activations, or x is not of the shape that it takes.
 * @throws {RangeError} When there are no samples or an option is out of range.
 * @example const quantized = await adaRound(model, calibration.x, { bits: 3 });
 */
export async function adaRound(model: tf.LayersModel, x: Samples, options: AdaRoundArgs = {}): Promise<tf.LayersModel> {
  await ready();
  const { bits = 4, perChannel = true, method = "mse", iterations = 500, batchSize = 32 } = options;
  const { learningRate = 0.1, regularization = 0.01, seed = 0, label = "AdaRound", verbose = 1 } = options;
  checkCalibration({ bits, method });
  checkCount("iterations", iterations);
  checkCount("batchSize", batchSize);
  if (!(learningRate > 0 && learningRate < Infinity)) {
    throw new RangeError(`Expected learningRate to be above 0 but found ${learningRate}.`);
  }
  if (!(regularization >= 0 && regularization < Infinity)) {
    throw new RangeError(`Expected regularization to be 0 or above but found ${regularization}.`);
  }
  const float = denseChain(model);
  refuseQuantizers(float);
  const rows = calibrationRows(float, x);
  const quantized = withKernelQuantizers(model, (block) => kernelFormat(rawWeights(block).kernel, block.units, { bits, perChannel, method }));
  const { blocks } = denseChain(quantized);
  const bar = verbose ? progressBar({ label, total: iterations * blocks.length, unit: "steps" }) : null;
  try {
    tf.tidy(() => {
      let wanted = activate(float.before, matrixOf(rows));
      let found = wanted;
      blocks.forEach((block, i) => {
        const { layer, units } = block;
        const quantizer = (layer as { kernelQuantizer?: unknown }).kernelQuantizer as QuantizedAffine;
        const scales = quantizer.scales(units) as Float32Array;
        const target = sumsOf(float.blocks[i], wanted);
        const highest = 2 ** (bits - 1) - 1;
        const codes = learnRounding({
          ...rawWeights(float.blocks[i]),
          scales,
          lowest: -highest,
          highest,
          x: found.dataSync() as Float32Array,
          target: target.dataSync() as Float32Array,
          isRelu: block.activations[0]?.name === "relu",
          iterations,
          batchSize,
          learningRate,
          regularization,
          seed: seed + i,
          onStep: (step) => bar?.update(i * iterations + step),
        });
        const kernel = layer.weights[0].read() as tf.Variable;
        kernel.assign(tf.tensor(codes.map((code, place) => code * scales[place % units] + 0), kernel.shape));
        wanted = activate(float.blocks[i].activations, target);
        found = activate(block.activations, sumsOf(block, found));
      });
    });
    bar?.finish();
  } catch (error) {
    bar?.fail(error instanceof Error ? error.message : String(error));
    quantized.dispose();
    throw error;
  }
  return quantized;
}
