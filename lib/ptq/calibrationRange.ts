import { klRange } from "./klRange.js";
import { mseRange } from "./mseRange.js";
import { percentileRange } from "./percentileRange.js";
import type { CalibrationRange } from "./range.js";
import { minMaxRange, symmetricRange } from "./range.js";

/** How the range of numbers that are to be quantized is found. */
export type CalibrationMethod = "minMax" | "percentile" | "mse" | "kl";

const methods: readonly CalibrationMethod[] = ["minMax", "percentile", "mse", "kl"];

/** What `calibrationRange` takes. */
export interface CalibrationOptions {
  /**
   * "minMax": from the smallest number to the largest (Jacob et al. 2018, arXiv:1712.05877).
   * "percentile": without the outermost ones (Wu et al. 2020, arXiv:2004.09602).
   * "mse": the range whose quantization error is least, the mean of the squares (Sung et al. 2015, arXiv:1511.06488).
   * "kl": the range that loses the least information about the distribution (Migacz 2017, "8-bit inference with
   * TensorRT"). Default "minMax".
   */
  method?: CalibrationMethod;
  /** Bits of a code, 2 to 16, which "mse" and "kl" look at. Default 8. */
  bits?: number;
  /** Of "percentile": per cent of the numbers that lie below the range's upper end and above its lower, above 50 to 100. Default 99.99. */
  percentile?: number;
  /** As far below 0 as above, as for weights. Default false. */
  symmetric?: boolean;
}

/**
 * Throws unless the options have a meaning.
 *
 * @throws {RangeError} With what was expected and what was found.
 */
export function checkCalibration({ method = "minMax", bits = 8, percentile = 99.99 }: CalibrationOptions): void {
  if (!methods.includes(method)) throw new RangeError(`Expected method to be one of ${methods.join(", ")} but found ${String(method)}.`);
  if (!Number.isInteger(bits) || bits < 2 || bits > 16) {
    throw new RangeError(`Expected bits to be a whole number from 2 to 16 but found ${bits}.`);
  }
  if (!(percentile > 50 && percentile <= 100)) throw new RangeError(`Expected percentile to be above 50 and at most 100 but found ${percentile}.`);
}

/**
 * The range of numbers that a quantizer should cover: weights, or what a layer puts out for some samples.
 *
 * @param values Finite numbers, at least one.
 * @param options See `CalibrationOptions`.
 * @returns Its ends, for `quantizedAffine`, which widens it to hold 0.
 * @throws {RangeError} When there are no numbers, one is not finite, or an option is out of range.
 * @example
 * calibrationRange([-1, 0.5, 3]); // {min: -1, max: 3}
 * calibrationRange([-1, 0.5, 3], { symmetric: true }); // {min: -3, max: 3}
 */
export function calibrationRange(values: Float32Array | readonly number[], options: CalibrationOptions = {}): CalibrationRange {
  checkCalibration(options);
  const { method = "minMax", bits = 8, percentile = 99.99, symmetric = false } = options;
  const numbers = values instanceof Float32Array ? values : Float32Array.from(values);
  const whole = minMaxRange(numbers);
  switch (method) {
    case "minMax":
      return symmetric ? symmetricRange(whole) : whole;
    case "percentile":
      return percentileRange(numbers, percentile, symmetric);
    case "mse":
      return mseRange(numbers, { bits, symmetric });
    case "kl":
      return klRange(numbers, { bits, symmetric });
  }
}
