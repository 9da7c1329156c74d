import * as tf from "@tensorflow/tfjs";
import { ready } from "../backend.js";
import type { Samples } from "../training/samples.js";
import { calibrationRange, checkCalibration } from "./calibrationRange.js";
import type { CalibrationOptions } from "./calibrationRange.js";
import { activate, calibrationRows, denseChain, matrixOf, splitEnding, sumsOf } from "./denseChain.js";
import type { CalibrationRange } from "./range.js";

/** Ranges of what a model's layers put out, plain data that can be written down. */
export interface Calibration {
  input: CalibrationRange;
  /** Of each dense layer's output behind its activation, by name; of the last one before softmax or sigmoid. */
  layers: Record<string, CalibrationRange>;
}

/**
 * Lets a calibration set through a model and finds the range of the input and of each layer's activated output, which
 * `fullIntegerQuantize` gives them a number format for.
 *
 * @param model Built, a chain of Dense or QDense, activations, Dropout and Flatten; it stays as it is.
 * @param x Samples [n, …], some hundred of the training set.
 * @param options See `CalibrationOptions`.
 * @throws {TypeError} When the model has another layer or x is not of the shape that it takes.
 * @throws {RangeError} When there are no samples, an option is out of range, or an output is not finite.
 * @example
 * const x = scalePixels(subset(train, { perClass: 100 }).images);
 * const calibration = await calibrate(model, x, { method: "mse" });
 * calibration.input; // {min: 0, max: 0.98}
 */
export async function calibrate(model: tf.LayersModel, x: Samples, options: CalibrationOptions = {}): Promise<Calibration> {
  await ready();
  checkCalibration(options);
  const chain = denseChain(model);
  const rows = calibrationRows(chain, x);
  const calibration: Calibration = { input: calibrationRange(rows.values, options), layers: {} };
  tf.tidy(() => {
    let input = activate(chain.before, matrixOf(rows));
    for (const [i, block] of chain.blocks.entries()) {
      const { activations } = i === chain.blocks.length - 1 ? splitEnding(block) : block;
      input = activate(activations, sumsOf(block, input));
      calibration.layers[block.name] = calibrationRange(input.dataSync() as Float32Array, options);
    }
  });
  return calibration;
}
