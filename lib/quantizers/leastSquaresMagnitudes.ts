import { EPSILON } from "./autoScale.js";

/** The float32 number that lies so many representable numbers beyond a positive one. */
function neighbour(x: number, distance: number): number {
  const bits = new Int32Array(Float32Array.of(x).buffer);
  bits[0] += distance;
  return new Float32Array(bits.buffer)[0];
}

/**
 * The magnitudes of values whose least-squares scale is the given one, to the last bit: the way back
 * from `leastSquaresScale`, which divides by a little more than the mean of the squares.
 *
 * Quantized values themselves will not do: their scale comes out a few 1e-7 smaller.
 *
 * @param levels -1, 0 or 1 for each value, channels last.
 * @param scale One number a channel, or one a value.
 * @returns One magnitude a value; those of a channel are equal but for the first, which takes what the
 *   others leave over in rounding.
 */
export function leastSquaresMagnitudes(levels: Int32Array, scale: Float32Array, alpha: "auto" | "auto_po2"): Float32Array {
  const count = scale.length;
  const magnitudes = new Float32Array(levels.length);
  for (let channel = 0; channel < count; channel++) {
    // A power of two was found from a scale to which epsilon was added.
    const wanted = alpha === "auto" ? scale[channel] : Math.max(scale[channel] - EPSILON, 0);
    let used = 0;
    for (let i = channel; i < levels.length; i += count) used += Math.abs(levels[i]);
    const { each, first } = magnitudesOf(wanted, used, levels.length / count);
    let isFirst = true;
    for (let i = channel; i < levels.length; i += count) {
      magnitudes[i] = isFirst && levels[i] !== 0 ? first : each;
      if (levels[i] !== 0) isFirst = false;
    }
  }
  return magnitudes;
}

/** Magnitudes of `used` values in a channel of `size` to which the scale is fitted. */
function magnitudesOf(scale: number, used: number, size: number): { each: number; first: number } {
  const divisor = Math.fround(Math.fround(used / size) + EPSILON);
  const plain = { each: scale, first: scale };
  if (used === 0 || scale === 0) return plain;
  for (const distance of [0, 1, -1, 2, -2]) {
    const mean = neighbour(Math.fround(scale * divisor), distance);
    const each = Math.fround((mean * size) / used);
    const first = Math.fround(mean * size - each * (used - 1));
    if (Math.fround(Math.fround((each * (used - 1) + first) / size) / divisor) === scale) return { each, first };
  }
  return plain;
}
