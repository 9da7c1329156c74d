import { PANEL } from "./panels";

/**
 * Scales each column of a kernel so that its norm lies where it should (Keras: `MinMaxNorm`, of which
 * `MaxNorm` and `UnitNorm` are cases): `w *= desired / (ε + norm)`, where
 * `desired = rate · clip(norm, low, high) + (1 - rate) · norm`.
 *
 * @param w [columns / 8][wRows][8], panels
 */
export function normConstraint(w: usize, wRows: usize, columns: i32, low: f32, high: f32, rate: f32): void {
  const size = wRows << 5;
  for (let column = 0; column < columns; column += PANEL, w += size) {
    for (let half: usize = 0; half < 32; half += 16) {
      let squares = f32x4.splat(0);
      for (let i = half; i < size; i += 32) {
        const value = v128.load(w + i);
        squares = f32x4.add(squares, f32x4.mul(value, value));
      }
      const norm = f32x4.sqrt(squares);
      const inside = f32x4.min(f32x4.max(norm, f32x4.splat(low)), f32x4.splat(high));
      const desired = f32x4.add(f32x4.mul(f32x4.splat(rate), inside), f32x4.mul(f32x4.splat(1 - rate), norm));
      const factor = f32x4.div(desired, f32x4.add(f32x4.splat(1e-7), norm));
      for (let i = half; i < size; i += 32) v128.store(w + i, f32x4.mul(v128.load(w + i), factor));
    }
  }
}
