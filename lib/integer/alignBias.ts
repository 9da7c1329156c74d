import { roundHalfToEven } from "../quantizers/roundHalfToEven.js";
import { exponentOf } from "./exponentOf.js";

/** What `alignBias` takes. */
export interface AlignBiasArgs {
  /** The bias as an integer. */
  code: number;
  /** What a code of 1 stands for, above 0. */
  step: number;
  /** What a sum of 1 stands for, above 0. */
  sumStep: number;
  /** Distance of the values that the sum will be rounded to, or of the biases where it will not. */
  grid: number;
}

/**
 * A bias in units of the sum it is added to. Where it has bits behind the last one of the sum, the sum is shifted to the
 * left by as many. A bias or a sum whose step is no power of two has no last bit: where the step of the bias is that of the
 * sum, or a multiple, up to the last bits of float32, the bias is exact as in TensorFlow Lite, whose biases have the step
 * of the sum; else it is rounded to a number that is off by at most a 32nd of the grid.
 *
 * @example
 * alignBias({ code: 3, step: 1 / 16, sumStep: 1 / 256, grid: 1 / 16 }); // { bias: 48, shift: 0 }
 * alignBias({ code: 3, step: 1 / 16, sumStep: 1 / 4, grid: 1 / 16 }); // { bias: 3, shift: 2 }
 * alignBias({ code: 3, step: 0.1, sumStep: 1 / 4, grid: 1 / 16 }); // { bias: 77, shift: 6 }
 * alignBias({ code: 3, step: 0.06, sumStep: 0.2 * 0.3, grid: 1 / 16 }); // { bias: 3, shift: 0 }
 */
export function alignBias({ code, step, sumStep, grid }: AlignBiasArgs): { bias: number; shift: number } {
  let bias = code * (step / sumStep);
  let shift = 0;
  if (code === 0) return { bias: 0, shift };
  if (exponentOf(step) !== null && exponentOf(sumStep) !== null) {
    for (; !Number.isInteger(bias); bias *= 2) shift++;
    return { bias, shift };
  }
  const multiple = Math.round(step / sumStep);
  const isMultiple = Math.abs(step / sumStep - multiple) <= 2 ** -22 * multiple;
  if (isMultiple && Math.abs(bias - code * multiple) <= Math.max(grid / sumStep / 32, 1 / 2)) return { bias: code * multiple, shift };
  while (sumStep / 2 ** shift > grid / 16) shift++;
  return { bias: roundHalfToEven(bias * 2 ** shift), shift };
}
