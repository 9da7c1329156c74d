import { clamp } from "./clamp";
import { log2 } from "./log2";
import { PANEL } from "./panels";
import { roundHalfAway } from "./roundHalfAway";

/*
 * Number formats: what `quantize` of a quantizer computes, four values at a time, and the gradients that are
 * not 1. `bytes` is the size of x and q, a multiple of 16.
 */

/** Fixed point: `q = alpha · step · clip(round(x / step), low, high)`, halves to even; step is a power of two. */
export function quantizeFixedPoint(x: usize, q: usize, bytes: usize, step: f32, low: f32, high: f32, alpha: f32): void {
  const perStep = f32x4.splat(1 / step);
  const scale = f32x4.splat(alpha * step);
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  for (let i: usize = 0; i < bytes; i += 16) {
    const code = clamp(f32x4.nearest(f32x4.mul(v128.load(x + i), perStep)), l, h);
    v128.store(q + i, f32x4.mul(code, scale));
  }
}

/**
 * Affine: `q = scale · clip(round(x / scale), low, high)`, halves away from zero; low and high are the smallest and the
 * largest code less the zero point.
 */
export function quantizeAffine(x: usize, q: usize, bytes: usize, scale: f32, low: f32, high: f32): void {
  const s = f32x4.splat(scale);
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  for (let i: usize = 0; i < bytes; i += 16) {
    const code = f32x4.min(f32x4.max(roundHalfAway(f32x4.div(v128.load(x + i), s)), l), h);
    v128.store(q + i, f32x4.mul(code, s));
  }
}

/** Gradient of affine numbers: `dx = dy where scale · low <= x <= scale · high, else 0`. */
export function affineGradient(x: usize, dy: usize, dx: usize, bytes: usize, scale: f32, low: f32, high: f32): void {
  const l = f32x4.splat(scale * low);
  const h = f32x4.splat(scale * high);
  for (let i: usize = 0; i < bytes; i += 16) {
    const value = v128.load(x + i);
    const inside = v128.and(f32x4.ge(value, l), f32x4.le(value, h));
    v128.store(dx + i, v128.and(v128.load(dy + i), inside));
  }
}

/** One bit: `q = low where x < 0, else high`. */
export function quantizeSign(x: usize, q: usize, bytes: usize, low: f32, high: f32): void {
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(q + i, v128.bitselect(l, h, f32x4.lt(v128.load(x + i), zero)));
  }
}

/** Gradient of a clipped ReLU: `dx = dy where 0 < x <= ceiling, else 0`. */
export function clippedReluGradient(x: usize, dy: usize, dx: usize, bytes: usize, ceiling: f32): void {
  const zero = f32x4.splat(0);
  const c = f32x4.splat(ceiling);
  for (let i: usize = 0; i < bytes; i += 16) {
    const value = v128.load(x + i);
    const open = v128.and(f32x4.gt(value, zero), f32x4.le(value, c));
    v128.store(dx + i, v128.and(v128.load(dy + i), open));
  }
}

/**
 * Fixed point with a scale a column of its own, alpha "auto" or "auto_po2" (QKeras: `quantized_bits`): the
 * largest magnitude meets the outermost level, `scale = 2 max|x| / levels`; "auto_po2" then seeks the power of
 * two nearest to the least-squares scale in five rounds. Halves are rounded away from zero.
 *
 * @param x    [columns / 8][xRows][8], panels
 * @param q    as x
 * @param unit 2 to the number of integer bits
 * @param levels steps from the lowest to the highest value
 */
export function quantizeAutoScale(
  x: usize, q: usize, xRows: usize, rows: usize, columns: i32, unit: f32, levels: f32, powerOfTwo: bool,
): void {
  const perUnit = f32x4.splat(1 / unit);
  const size = xRows << 5;
  for (let column = 0; column < columns; column += PANEL, x += size, q += size) {
    // The two halves of a panel.
    for (let half: usize = 0; half < 32; half += 16) {
      let largest = f32x4.splat(0);
      for (let i = half; i < rows << 5; i += 32) {
        largest = f32x4.max(largest, f32x4.abs(f32x4.mul(v128.load(x + i), perUnit)));
      }
      let scale = f32x4.div(f32x4.mul(largest, f32x4.splat(2)), f32x4.splat(levels));
      if (powerOfTwo) {
        scale = nearestPowersOfTwo(scale);
        for (let round = 0; round < 5; round++) scale = leastSquaresScale(x + half, rows, perUnit, scale, levels);
      }
      const step = f32x4.mul(scale, f32x4.splat(unit));
      for (let i = half; i < rows << 5; i += 32) {
        v128.store(q + i, f32x4.mul(symmetricLevels(f32x4.mul(v128.load(x + i), perUnit), scale, levels), step));
      }
    }
  }
}

/** `sign(x) · min(floor(|x| / scale + 1/2), levels / 2)`; 0 where the scale is 0. */
// @ts-ignore: decorator
@inline
function symmetricLevels(x: v128, scale: v128, levels: f32): v128 {
  const outermost = f32x4.splat(levels / 2);
  const level = f32x4.floor(f32x4.add(f32x4.div(f32x4.abs(x), scale), f32x4.splat(0.5)));
  const magnitude = v128.bitselect(level, outermost, f32x4.lt(level, outermost));
  const sign = v128.and(x, i32x4.splat(i32.MIN_VALUE));
  return v128.and(v128.or(magnitude, sign), f32x4.ne(x, f32x4.splat(0)));
}

/** One round: the scale that fits `x ≈ scale · z` best in the sum of squares, z the levels at the scale so far. */
function leastSquaresScale(x: usize, rows: usize, perUnit: v128, scale: v128, levels: f32): v128 {
  let xz0 = f64x2.splat(0), xz1 = xz0, zz0 = xz0, zz1 = xz0;
  for (let i: usize = 0; i < rows << 5; i += 32) {
    const value = f32x4.mul(v128.load(x + i), perUnit);
    const z = symmetricLevels(value, scale, levels);
    const xz = f32x4.mul(value, z);
    const zz = f32x4.mul(z, z);
    xz0 = f64x2.add(xz0, f64x2.promote_low_f32x4(xz));
    xz1 = f64x2.add(xz1, f64x2.promote_low_f32x4(v128.shuffle<f32>(xz, xz, 2, 3, 2, 3)));
    zz0 = f64x2.add(zz0, f64x2.promote_low_f32x4(zz));
    zz1 = f64x2.add(zz1, f64x2.promote_low_f32x4(v128.shuffle<f32>(zz, zz, 2, 3, 2, 3)));
  }
  const n = f64x2.splat(<f64>rows);
  const meanXz = toF32(f64x2.div(xz0, n), f64x2.div(xz1, n));
  const meanZz = toF32(f64x2.div(zz0, n), f64x2.div(zz1, n));
  return nearestPowersOfTwo(f32x4.div(meanXz, f32x4.add(meanZz, f32x4.splat(1e-7))));
}

// @ts-ignore: decorator
@inline
function toF32(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(v128.demote_zero<f64>(low), v128.demote_zero<f64>(high), 0, 1, 4, 5);
}

/** `2 ^ round(log2(scale + 1e-7))` of each of four scales. */
function nearestPowersOfTwo(scale: v128): v128 {
  const p0 = nearestPowerOfTwo(f32x4.extract_lane(scale, 0));
  const p1 = nearestPowerOfTwo(f32x4.extract_lane(scale, 1));
  const p2 = nearestPowerOfTwo(f32x4.extract_lane(scale, 2));
  const p3 = nearestPowerOfTwo(f32x4.extract_lane(scale, 3));
  let powers = f32x4.splat(p0);
  powers = f32x4.replace_lane(powers, 1, p1);
  powers = f32x4.replace_lane(powers, 2, p2);
  return f32x4.replace_lane(powers, 3, p3);
}

function nearestPowerOfTwo(scale: f32): f32 {
  return Mathf.scalbn(1, <i32>nearest<f32>(log2(scale + 1e-7)));
}
