import { roundHalfToEven } from "./roundHalfToEven.js";

const EPSILON = 1e-7; // keras.backend.epsilon()

/** Which scale each value belongs to, and the shape the scales broadcast from. */
export interface ScaleGroups {
  shape: number[];
  /** Group of the value at a row-major index. */
  groupOf: (index: number) => number;
  count: number;
}

/**
 * The groups of values that share an automatic scale: all values of one output channel, which is
 * the last axis or `scaleAxis` (QKeras: `_get_scaling_axis`). A vector is one group.
 */
export function scaleGroups(shape: readonly number[], scaleAxis: number | null): ScaleGroups {
  if (shape.length <= 1) return { shape: shape.length === 0 ? [] : [1], groupOf: () => 0, count: 1 };
  const axis = scaleAxis ?? shape.length - 1;
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
    throw new RangeError(
      `Expected scaleAxis to be an axis of the shape [${shape}], 0 to ${shape.length - 1}, but found ${axis}.`,
    );
  }
  const count = shape[axis];
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  return {
    shape: shape.map((size, i) => (i === axis ? size : 1)),
    groupOf: (index) => Math.floor(index / inner) % count,
    count,
  };
}

/**
 * The scale of each group for alpha "auto": the largest magnitude meets the outermost level.
 * `scale = 2 max|x| / levels`, float32 (QKeras: `quantized_bits.__call__`).
 */
export function maxScale(x: Float32Array, groups: ScaleGroups, levels: number): Float32Array {
  const scale = new Float32Array(groups.count);
  for (let i = 0; i < x.length; i++) {
    const group = groups.groupOf(i);
    const magnitude = Math.abs(x[i]);
    if (magnitude > scale[group]) scale[group] = magnitude;
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
  const z = new Float32Array(x.length);
  const outermost = levels / 2;
  for (let i = 0; i < x.length; i++) {
    const v = Math.floor(Math.fround(Math.fround(Math.abs(x[i]) / scale[groups.groupOf(i)]) + 0.5));
    // `v < outermost` is false for NaN too (0 / 0): QKeras then takes the outermost level, times sign 0.
    z[i] = Math.sign(x[i]) * (v < outermost ? v : outermost);
  }
  return z;
}

const powerOfTwo = (scale: number): number =>
  Math.fround(2 ** roundHalfToEven(Math.fround(Math.fround(Math.log(Math.fround(scale + EPSILON))) / Math.LN2)));

/**
 * The scale of each group for alpha "auto_po2": the power of two nearest to the least-squares scale,
 * found in five rounds from the "auto" scale (QKeras: `_get_least_squares_scale`).
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
    if (isVector) fitted = { shape: [x.length], groupOf: (index) => index, count: x.length };
    const qx = new Float64Array(fitted.count);
    const qq = new Float64Array(fitted.count);
    for (let i = 0; i < x.length; i++) {
      const group = fitted.groupOf(i);
      qx[group] += Math.fround(x[i] * z[i]);
      qq[group] += Math.fround(z[i] * z[i]);
    }
    const size = x.length / fitted.count;
    scale = Float32Array.from(qx, (sum, group) =>
      powerOfTwo(Math.fround(Math.fround(sum / size) / Math.fround(Math.fround(qq[group] / size) + EPSILON))),
    );
  }
  return { scale, groups: fitted };
}
