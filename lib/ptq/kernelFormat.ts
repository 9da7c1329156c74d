import { affineParameters, quantizedAffine } from "../quantizers/quantizedAffine.js";
import type { QuantizedAffine } from "../quantizers/quantizedAffine.js";
import { calibrationRange } from "./calibrationRange.js";
import type { CalibrationMethod } from "./calibrationRange.js";

/** How the weights of a layer are quantized. */
export interface WeightQuantization {
  /** Bits of a weight's code, 2 to 16. Default 8. */
  bits?: number;
  /** A scale for each output channel instead of one for the kernel. Default true. */
  perChannel?: boolean;
  /** How the range of the weights is found, see `CalibrationOptions`. Default "minMax". */
  method?: CalibrationMethod;
}

/** The weights that lead to one unit. */
export const column = (kernel: Float32Array, unit: number, units: number): Float32Array =>
  Float32Array.from({ length: kernel.length / units }, (_, input) => kernel[input * units + unit]);

/**
 * The number format of a kernel as TFLite has it: symmetric, -127 to 127 with 8 bits, with scales that are fixed from the
 * weights as they are now.
 *
 * @param kernel [inputs, units], row-major.
 * @param leastScales The least scale of each unit. Default 0.
 */
export function kernelFormat(
  kernel: Float32Array,
  units: number,
  { bits = 8, perChannel = true, method = "minMax" }: WeightQuantization,
  leastScales: readonly number[] = [],
): QuantizedAffine {
  const scaleOf = (weights: Float32Array): number => {
    const { min, max } = calibrationRange(weights, { method, bits, symmetric: true });
    // A unit without weights takes the scale of others: its bias needs one that is fine.
    return max > 0 ? affineParameters(min, max, { bits, symmetric: true }).scale : 0;
  };
  const format = { bits, symmetric: true, zeroPoint: 0 };
  if (!perChannel) return quantizedAffine({ ...format, scale: Math.max(scaleOf(kernel), ...leastScales) || 1 });
  const found = Array.from({ length: units }, (_, unit) => scaleOf(column(kernel, unit, units)));
  const usual = Math.max(...found) || 1;
  const scale = found.map((own, unit) => Math.fround(Math.max(own || usual, leastScales[unit] ?? 0)));
  return quantizedAffine({ ...format, axis: 1, scale });
}
