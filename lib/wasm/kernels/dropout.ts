/**
 * Draws a mask of dropout: 0 with probability `rate`, else `1 / (1 - rate)`.
 *
 * A number depends on the key and on where it stands only, so that the mask of a step can be drawn without
 * those before it; `dropoutMask` in lib/network computes the same in TypeScript.
 *
 * @param mask [rows, columns], rows `stride` numbers apart
 * @param key  what tells one step and layer from another
 */
export function dropoutMask(mask: usize, stride: usize, rows: u32, columns: u32, key: u32, rate: f64): void {
  const kept = <f32>(1 / (1 - rate));
  const threshold = <u64>(rate * 4294967296);
  let index: u32 = 0;
  for (let row: u32 = 0; row < rows; row++, mask += stride << 2) {
    for (let i: usize = 0; i < columns << 2; i += 4, index++) {
      store<f32>(mask + i, <u64>hash(index ^ key) >= threshold ? kept : 0);
    }
  }
}

/** Mixes the bits of a number (Wellons, "lowbias32"). */
// @ts-ignore: decorator
@inline
function hash(x: u32): u32 {
  x ^= x >> 16;
  x *= 0x7feb352d;
  x ^= x >> 15;
  x *= 0x846ca68b;
  x ^= x >> 16;
  return x;
}
