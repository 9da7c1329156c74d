import { sizeOf } from "../data/shape.js";
import { log2 } from "./log2.js";
import { roundHalfToEven } from "./roundHalfToEven.js";

/** Keras's `epsilon()` in float32: what keeps a scale off the logarithm and the quotient of zero. */
export const EPSILON: number = Math.fround(1e-7);

/**
 * Factor on a format's grid: a number; null, the format's default; "auto" and "auto_po2", a scale for each
 * output channel, found anew from the weights at each call.
 */
export type Alpha = number | "auto" | "auto_po2" | null;

/** Which scale each value belongs to, and the shape the scales broadcast from. */
export interface ScaleGroups {
  shape: number[];
  /** Group of the value at a row-major index. */
  groupOf: (index: number) => number;
  count: number;
  /** How many values of a group follow each other before the next group's: 1 where channels are last. */
  run: number;
}

/**
 * The groups of values that share an automatic scale: all values of one output channel, which is
 * the last axis or `scaleAxis` (QKeras: `_get_scaling_axis`). A vector is one group.
 */
export function scaleGroups(shape: readonly number[], scaleAxis: number | null): ScaleGroups {
  if (shape.length <= 1) return { shape: shape.length === 0 ? [] : [1], groupOf: () => 0, count: 1, run: 1 };
  const axis = scaleAxis ?? shape.length - 1;
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
    throw new RangeError(
      `Expected scaleAxis to be an axis of the shape [${shape}], 0 to ${shape.length - 1}, but found ${axis}.`,
    );
  }
  const count = shape[axis];
  const run = sizeOf(shape.slice(axis + 1));
  return {
    shape: shape.map((size, i) => (i === axis ? size : 1)),
    groupOf: (index) => Math.floor(index / run) % count,
    count,
    run,
  };
}

/** What QKeras fits to a vector: each value is a group of its own. */
export function singleGroups(length: number): ScaleGroups {
  return { shape: [length], groupOf: (index) => index, count: length, run: 1 };
}

/**
 * The scale of each group for alpha "auto": the largest magnitude meets the outermost level.
 * `scale = 2 max|x| / levels`, float32 (QKeras: `quantized_bits.__call__`).
 */
export function maxScale(x: Float32Array, groups: ScaleGroups, levels: number): Float32Array {
  const { count, run } = groups;
  const scale = new Float32Array(count);
  for (let i = 0; i < x.length; ) {
    for (let group = 0; group < count; group++) {
      for (const end = i + run; i < end; i++) {
        const magnitude = Math.abs(x[i]);
        if (magnitude > scale[group]) scale[group] = magnitude;
      }
    }
  }
  return scale.map((largest) => Math.fround(largest * 2) / levels);
}

/** Level of each value: `sign(x) * min(floor(|x| / scale + 1/2), levels / 2)`, half away from zero. */
export function symmetricLevels(
  x: Float32Array,
  groups: ScaleGroups,
  scale: Float32Array,
  levels: number,
): Float32Array {
  const { count, run } = groups;
  const z = new Float32Array(x.length);
  const outermost = levels / 2;
  for (let i = 0; i < x.length; ) {
    for (let group = 0; group < count; group++) {
      for (const end = i + run; i < end; i++) {
        const v = Math.floor(Math.fround(Math.fround(Math.abs(x[i]) / scale[group]) + 0.5));
        // `v < outermost` is false for NaN too (0 / 0): QKeras then takes the outermost level, times sign 0.
        // Adding 0 makes a zero positive, as x + (q - x) does.
        z[i] = Math.sign(x[i]) * (v < outermost ? v : outermost) + 0;
      }
    }
  }
  return z;
}

/** The power of two nearest to a scale; no scale at all, 0, becomes 2^-23. */
export const powerOfTwo = (scale: number): number => Math.fround(2 ** roundHalfToEven(log2(Math.fround(scale + EPSILON))));

/**
 * The scale of each group that brings levels nearest to the values: `mean(x z) / (mean(z^2) + 1e-7)`,
 * the least squares of `x - scale z` (QKeras: `_get_scale`).
 *
 * @param z Levels of the values `x`, in the same order.
 */
export function leastSquaresScale(x: Float32Array, z: Float32Array, groups: ScaleGroups): Float32Array {
  const { count, run } = groups;
  const xz = new Float64Array(count);
  const zz = new Float64Array(count);
  for (let i = 0; i < x.length; ) {
    for (let group = 0; group < count; group++) {
      for (const end = i + run; i < end; i++) {
        xz[group] += Math.fround(x[i] * z[i]);
        zz[group] += Math.fround(z[i] * z[i]);
      }
    }
  }
  const size = x.length / count;
  return Float32Array.from(xz, (sum, group) => Math.fround(sum / size) / Math.fround(Math.fround(zz[group] / size) + EPSILON));
}

/**
 * The scale of each group for alpha "auto_po2": the power of two nearest to the least-squares scale,
 * found in five rounds from the "auto" scale (QKeras: `quantized_bits.__call__`).
 *
 * For a vector QKeras fits each value on its own; the result then has one scale a value.
 */
export function leastSquaresPowerOfTwo(
  x: Float32Array,
  groups: ScaleGroups,
  levels: number,
  isVector: boolean,
): { scale: Float32Array; groups: ScaleGroups } {
  let scale = maxScale(x, groups, levels).map(powerOfTwo);
  let fitted = groups;
  for (let round = 0; round < 5; round++) {
    const z = symmetricLevels(x, fitted, scale, levels);
    if (isVector) fitted = singleGroups(x.length);
    scale = leastSquaresScale(x, z, fitted).map(powerOfTwo);
  }
  return { scale, groups: fitted };
}
