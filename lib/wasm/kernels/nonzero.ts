import { PANEL } from "./panels";

/*
 * Images are mostly background: four fifths of MNIST's pixels are zero and add nothing to a product. The
 * first layer therefore works on lists of the inputs that are not: for each sample their values and where
 * in a panel their weights begin.
 */

/**
 * Lists the inputs of each sample that are not zero.
 *
 * @param x       [batch, inputs], rows `xStride` numbers apart
 * @param values  room for batch · inputs numbers; sample after sample
 * @param offsets as many byte offsets of a row in a panel, `input · 32`
 * @param starts  [batch + 1], where a sample's list begins
 * @returns how many inputs are not zero
 */
export function findNonzero(
  x: usize, xStride: usize, values: usize, offsets: usize, starts: usize, batch: usize, inputs: usize,
): usize {
  let count: usize = 0;
  for (let sample: usize = 0; sample < batch; sample++, x += xStride << 2) {
    store<u32>(starts + (sample << 2), <u32>count);
    let i: usize = 0;
    for (; i + 16 <= inputs; i += 16) {
      if (anyNonzero(x + (i << 2))) count = listNonzero(x, values, offsets, count, i, i + 16);
    }
    count = listNonzero(x, values, offsets, count, i, inputs);
  }
  store<u32>(starts + (batch << 2), <u32>count);
  return count;
}

/** Whether any of 16 numbers is not zero: whole stretches of background are left out at once. */
// @ts-ignore: decorator
@inline
function anyNonzero(x: usize): bool {
  const a = v128.or(v128.load(x), v128.load(x, 16));
  const b = v128.or(v128.load(x, 32), v128.load(x, 48));
  return v128.any_true(v128.or(a, b));
}

// @ts-ignore: decorator
@inline
function listNonzero(x: usize, values: usize, offsets: usize, count: usize, from: usize, to: usize): usize {
  for (let i = from; i < to; i++) {
    // Written always, kept only if it is not zero: a branch here would be mispredicted at every edge.
    const value = load<f32>(x + (i << 2));
    store<f32>(values + (count << 2), value);
    store<u32>(offsets + (count << 2), <u32>(i << 5));
    count += <usize>(value !== 0);
  }
  return count;
}

/**
 * `matmul` over listed inputs: `y = x · w + bias`.
 *
 * Two inputs are added at a time into sums of their own, since one addition must wait for the other.
 */
export function matmulNonzero(
  values: usize, offsets: usize, starts: usize, w: usize, wRows: usize, bias: usize, y: usize, yStride: usize,
  batch: usize, units: i32,
): void {
  for (let n = 0; n < units; n += PANEL, w += wRows << 5) {
    const first = bias ? v128.load(bias + (n << 2)) : f32x4.splat(0);
    const second = bias ? v128.load(bias + (n << 2), 16) : f32x4.splat(0);
    let out = y + (<usize>n << 2);
    for (let sample: usize = 0; sample < batch; sample++, out += yStride << 2) {
      let at: usize = load<u32>(starts + (sample << 2)) << 2;
      const end: usize = load<u32>(starts + (sample << 2), 4) << 2;
      let s0 = first, s1 = second, t0 = f32x4.splat(0), t1 = t0;
      for (; at + 4 < end; at += 8) {
        const a = v128.load32_splat(values + at);
        const row = w + load<u32>(offsets + at);
        s0 = f32x4.add(s0, f32x4.mul(a, v128.load(row)));
        s1 = f32x4.add(s1, f32x4.mul(a, v128.load(row, 16)));
        const b = v128.load32_splat(values + at, 4);
        const next = w + load<u32>(offsets + at, 4);
        t0 = f32x4.add(t0, f32x4.mul(b, v128.load(next)));
        t1 = f32x4.add(t1, f32x4.mul(b, v128.load(next, 16)));
      }
      if (at < end) {
        const a = v128.load32_splat(values + at);
        const row = w + load<u32>(offsets + at);
        s0 = f32x4.add(s0, f32x4.mul(a, v128.load(row)));
        s1 = f32x4.add(s1, f32x4.mul(a, v128.load(row, 16)));
      }
      v128.store(out, f32x4.add(s0, t0));
      v128.store(out, f32x4.add(s1, t1), 16);
    }
  }
}

/** `weightGradient` over listed inputs: `dw = xᵀ · dy`. */
export function weightGradientNonzero(
  values: usize, offsets: usize, starts: usize, dy: usize, dyStride: usize, dw: usize, wRows: usize,
  batch: usize, units: i32,
): void {
  for (let n = 0; n < units; n += PANEL, dw += wRows << 5, dy += 32) {
    memory.fill(dw, 0, wRows << 5);
    let from = dy;
    for (let sample: usize = 0; sample < batch; sample++, from += dyStride << 2) {
      const g0 = v128.load(from);
      const g1 = v128.load(from, 16);
      const end: usize = load<u32>(starts + (sample << 2), 4) << 2;
      for (let at: usize = load<u32>(starts + (sample << 2)) << 2; at < end; at += 4) {
        const a = v128.load32_splat(values + at);
        const row = dw + load<u32>(offsets + at);
        v128.store(row, f32x4.add(v128.load(row), f32x4.mul(a, g0)));
        v128.store(row, f32x4.add(v128.load(row, 16), f32x4.mul(a, g1)), 16);
      }
    }
  }
}
