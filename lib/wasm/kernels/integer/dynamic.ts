import { roundHalfAway } from "../roundHalfAway";

/*
 * Dynamic range quantization: each row of real numbers gets the scale that its largest magnitude asks for, and sums of its
 * codes become real numbers again.
 */

/** The largest of four numbers. */
// @ts-ignore: decorator
@inline
function largestOf(x: v128): f32 {
  const pairs = f32x4.max(x, i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/**
 * Codes of 8 bits less their zero point, with a scale of its own for each row: `clip(round(x / scale), low, high)`, halves
 * away from zero. Symmetric: -127 to 127, `scale = max|x| / 127`. Else the codes -128 to 127 reach from the smallest number
 * to the largest, 0 included; 0 has a code, which is what the others are kept less. A row of zeros has the scale 1. Numbers
 * are finite.
 *
 * @param x      float32 [rows, stride], a multiple of eight numbers, zeros behind the last
 * @param codes  int16, as many
 * @param scales float32 [rows]
 */
export function dynamicCodes16(x: usize, codes: usize, scales: usize, rows: i32, stride: usize, isSymmetric: bool): void {
  for (let row = 0; row < rows; row++, scales += 4) {
    const end = x + (stride << 2);
    let most = f32x4.splat(0), least = f32x4.splat(0);
    for (let a = x; a < end; a += 16) {
      const numbers = v128.load(a);
      most = f32x4.max(most, numbers);
      least = f32x4.min(least, numbers);
    }
    const high = <f64>largestOf(most), low = -<f64>largestOf(f32x4.neg(least));
    const width = <f32>(isSymmetric ? max(high, -low) / 127 : (high - low) / 255);
    const scale: f32 = width > 0 ? width : 1;
    const place: f64 = -128 - low / <f64>scale;
    const nearest: f64 = place < 0 ? ceil<f64>(place - 0.5) : floor<f64>(place + 0.5);
    const zero: f64 = isSymmetric ? 0 : min<f64>(max<f64>(nearest, -128), 127);
    const l = f32x4.splat(<f32>((isSymmetric ? -127 : -128) - zero));
    const h = f32x4.splat(<f32>(127 - zero));
    store<f32>(scales, scale);
    const s = f32x4.splat(scale);
    for (; x < end; x += 32, codes += 16) {
      const a = f32x4.min(f32x4.max(roundHalfAway(f32x4.div(v128.load(x), s)), l), h);
      const b = f32x4.min(f32x4.max(roundHalfAway(f32x4.div(v128.load(x, 16), s)), l), h);
      v128.store(codes, i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(a), i32x4.trunc_sat_f32x4_s(b)));
    }
  }
}

/**
 * Sums of codes become real numbers: `y = sum · scale · unitScale + bias`, with ReLU never below 0.
 *
 * @param sums       int32 [rows, stride], a multiple of eight numbers
 * @param scales     float32 [rows]
 * @param unitScales float32 [stride]
 * @param bias       float32 [stride]
 * @param y          float32 [rows, stride]
 */
export function dynamicOutputs(
  sums: usize, scales: usize, unitScales: usize, bias: usize, y: usize, rows: i32, stride: usize, isRelu: bool,
): void {
  const least = f32x4.splat(isRelu ? 0 : -Infinity);
  for (let row = 0; row < rows; row++, scales += 4) {
    const scale = v128.load_splat<f32>(scales);
    for (let unit: usize = 0; unit < stride << 2; unit += 16, sums += 16, y += 16) {
      const step = f32x4.mul(scale, v128.load(unitScales + unit));
      const real = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(v128.load(sums)), step), v128.load(bias + unit));
      v128.store(y, f32x4.max(real, least));
    }
  }
}
