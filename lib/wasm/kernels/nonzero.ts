import { PANEL } from "./panels";

/*
 * Images are mostly background: four fifths of MNIST's pixels are zero and add nothing to a product. The
 * first layer therefore works on lists of the inputs that are not. An entry is eight bytes: the input's
 * value and the distance in bytes to what it is multiplied with.
 */
const ENTRY: usize = 8;

/** For each of the 16 subsets of four numbers: which bytes bring its members to the front, in their order. */
const KEPT_FIRST = memory.data(256, 16);
for (let kept = 0; kept < 16; kept++) {
  let to: usize = KEPT_FIRST + (kept << 4);
  for (let byte = 0; byte < 16; byte++) if (kept & (1 << (byte >> 2))) store<u8>(to++, byte);
}

/**
 * Lists the inputs of each sample that are not zero, each with the place of its weights in a panel.
 *
 * @param x      [batch, xStride], whose columns from `inputs` on are zero; xStride a multiple of eight
 * @param lists  room for batch · inputs + 4 entries; sample after sample
 * @param starts [batch + 1], addresses where the samples' lists begin
 * @returns how many inputs are not zero
 */
export function findNonzero(
  x: usize, xStride: usize, lists: usize, starts: usize, batch: usize, inputs: usize,
): usize {
  let to = lists;
  for (let sample: usize = 0; sample < batch; sample++, x += xStride << 2) {
    store<u32>(starts + (sample << 2), <u32>to);
    let places = i32x4(0, 32, 64, 96);
    for (let i: usize = 0; i < inputs; i += 4, places = i32x4.add(places, i32x4.splat(128))) {
      to = listNonzero(v128.load(x + (i << 2)), places, to);
    }
  }
  store<u32>(starts + (batch << 2), <u32>to);
  return (to - lists) / ENTRY;
}

/**
 * Lists those of four inputs that are not zero. All four are written, those that are kept first, and what is behind
 * them is written over: a branch here would be mispredicted at every edge.
 */
// @ts-ignore: decorator
@inline
function listNonzero(x: v128, places: v128, to: usize): usize {
  const kept = i32x4.bitmask(f32x4.ne(x, f32x4.splat(0)));
  const order = v128.load(KEPT_FIRST + (<usize>kept << 4));
  const values = i8x16.swizzle(x, order);
  const offsets = i8x16.swizzle(places, order);
  v128.store(to, v128.shuffle<i32>(values, offsets, 0, 4, 1, 5));
  v128.store(to, v128.shuffle<i32>(values, offsets, 2, 6, 3, 7), 16);
  return to + <usize>popcnt(kept) * ENTRY;
}

/**
 * `matmul` over listed inputs: `y = x · w + bias`.
 *
 * Two panels at a time, so that an entry is read once for sixteen columns.
 */
export function matmulNonzero(
  starts: usize, w: usize, wRows: usize, bias: usize, y: usize, yStride: usize, batch: usize, units: i32,
): void {
  const panel = wRows << 5;
  const zero = f32x4.splat(0);
  let n = 0;
  for (; n + PANEL < units; n += 2 * PANEL, w += 2 * panel) {
    const b = bias + (n << 2);
    const b0 = bias ? v128.load(b) : zero, b1 = bias ? v128.load(b, 16) : zero;
    const b2 = bias ? v128.load(b, 32) : zero, b3 = bias ? v128.load(b, 48) : zero;
    const w1 = w + panel;
    let out = y + (<usize>n << 2);
    for (let sample: usize = 0; sample < batch; sample++, out += yStride << 2) {
      const end: usize = load<u32>(starts + (sample << 2), 4);
      let s0 = b0, s1 = b1, s2 = b2, s3 = b3;
      for (let at: usize = load<u32>(starts + (sample << 2)); at < end; at += ENTRY) {
        const a = v128.load32_splat(at);
        const row: usize = load<u32>(at, 4);
        s0 = f32x4.add(s0, f32x4.mul(a, v128.load(w + row)));
        s1 = f32x4.add(s1, f32x4.mul(a, v128.load(w + row, 16)));
        s2 = f32x4.add(s2, f32x4.mul(a, v128.load(w1 + row)));
        s3 = f32x4.add(s3, f32x4.mul(a, v128.load(w1 + row, 16)));
      }
      v128.store(out, s0);
      v128.store(out, s1, 16);
      v128.store(out, s2, 32);
      v128.store(out, s3, 48);
    }
  }
  if (n < units) matmulPanel(starts, w, bias ? bias + (n << 2) : 0, y + (<usize>n << 2), yStride, batch);
}

/** One panel: two entries are added at a time into sums of their own, since one addition must wait for the other. */
function matmulPanel(starts: usize, w: usize, bias: usize, y: usize, yStride: usize, batch: usize): void {
  const zero = f32x4.splat(0);
  const b0 = bias ? v128.load(bias) : zero, b1 = bias ? v128.load(bias, 16) : zero;
  for (let sample: usize = 0; sample < batch; sample++, y += yStride << 2) {
    let at: usize = load<u32>(starts + (sample << 2));
    const end: usize = load<u32>(starts + (sample << 2), 4);
    let s0 = b0, s1 = b1, t0 = zero, t1 = zero;
    for (; at + ENTRY < end; at += 2 * ENTRY) {
      const a = v128.load32_splat(at);
      const row = w + load<u32>(at, 4);
      s0 = f32x4.add(s0, f32x4.mul(a, v128.load(row)));
      s1 = f32x4.add(s1, f32x4.mul(a, v128.load(row, 16)));
      const b = v128.load32_splat(at, ENTRY);
      const next = w + load<u32>(at, ENTRY + 4);
      t0 = f32x4.add(t0, f32x4.mul(b, v128.load(next)));
      t1 = f32x4.add(t1, f32x4.mul(b, v128.load(next, 16)));
    }
    if (at < end) {
      const a = v128.load32_splat(at);
      const row = w + load<u32>(at, 4);
      s0 = f32x4.add(s0, f32x4.mul(a, v128.load(row)));
      s1 = f32x4.add(s1, f32x4.mul(a, v128.load(row, 16)));
    }
    v128.store(y, f32x4.add(s0, t0));
    v128.store(y, f32x4.add(s1, t1), 16);
  }
}

/**
 * `weightGradient` over listed inputs: `dw = xᵀ · dy`.
 *
 * @param dy      [batch, units], rows `dyStride` numbers apart
 * @param dw      [units / 8][wRows][8], panels
 * @param byInput room for wRows · batch entries, wRows addresses and [batch, 16] numbers, where there is more than
 *                one panel
 */
export function weightGradientNonzero(
  starts: usize, dy: usize, dyStride: usize, dw: usize, wRows: usize, batch: usize, units: i32, byInput: usize,
): void {
  const panel = wRows << 5;
  const ends = byInput + wRows * batch * ENTRY;
  const packed = ends + (wRows << 2);
  if (units > PANEL) listByInput(starts, byInput, ends, packed, wRows, batch);
  let n = 0;
  for (; n + PANEL < units; n += 2 * PANEL, dy += 64, dw += 2 * panel) {
    packPair(dy, dyStride, packed, batch);
    gradientOfPair(byInput, ends, dw, wRows, batch);
  }
  if (n < units) gradientOfPanel(starts, dy, dyStride, dw, panel, batch);
}

/** Turns lists by sample into lists by input: for each input the samples where it is not zero, by their place in `packed`. */
function listByInput(starts: usize, lists: usize, ends: usize, packed: usize, wRows: usize, batch: usize): void {
  for (let i: usize = 0; i < wRows; i++) store<u32>(ends + (i << 2), <u32>(lists + i * batch * ENTRY));
  for (let sample: usize = 0; sample < batch; sample++) {
    const end: usize = load<u32>(starts + (sample << 2), 4);
    for (let at: usize = load<u32>(starts + (sample << 2)); at < end; at += ENTRY) {
      const place = ends + (load<u32>(at, 4) >> 3);
      const to: usize = load<u32>(place);
      store<u32>(to, load<u32>(at));
      store<u32>(to, <u32>(packed + (sample << 6)), 4);
      store<u32>(place, <u32>(to + ENTRY));
    }
  }
}

/** Copies sixteen columns of dy to one place, so that they stay in the fastest cache. */
function packPair(dy: usize, dyStride: usize, packed: usize, batch: usize): void {
  for (const end = packed + (batch << 6); packed < end; packed += 64, dy += dyStride << 2) {
    v128.store(packed, v128.load(dy));
    v128.store(packed, v128.load(dy, 16), 16);
    v128.store(packed, v128.load(dy, 32), 32);
    v128.store(packed, v128.load(dy, 48), 48);
  }
}

/** Two panels: the sums of an input stay in registers while its list is gone through. */
function gradientOfPair(lists: usize, ends: usize, dw: usize, wRows: usize, batch: usize): void {
  const panel = wRows << 5;
  for (const stop = dw + panel; dw < stop; dw += 32, ends += 4, lists += batch * ENTRY) {
    const end: usize = load<u32>(ends);
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let at = lists; at < end; at += ENTRY) {
      const a = v128.load32_splat(at);
      const g: usize = load<u32>(at, 4);
      s0 = f32x4.add(s0, f32x4.mul(a, v128.load(g)));
      s1 = f32x4.add(s1, f32x4.mul(a, v128.load(g, 16)));
      s2 = f32x4.add(s2, f32x4.mul(a, v128.load(g, 32)));
      s3 = f32x4.add(s3, f32x4.mul(a, v128.load(g, 48)));
    }
    v128.store(dw, s0);
    v128.store(dw, s1, 16);
    v128.store(dw + panel, s2);
    v128.store(dw + panel, s3, 16);
  }
}

/** One panel alone is not worth lists by input: what each entry adds is added in memory. */
function gradientOfPanel(starts: usize, dy: usize, dyStride: usize, dw: usize, bytes: usize, batch: usize): void {
  memory.fill(dw, 0, bytes);
  for (let sample: usize = 0; sample < batch; sample++, dy += dyStride << 2) {
    const g0 = v128.load(dy);
    const g1 = v128.load(dy, 16);
    const end: usize = load<u32>(starts + (sample << 2), 4);
    for (let at: usize = load<u32>(starts + (sample << 2)); at < end; at += ENTRY) {
      const a = v128.load32_splat(at);
      const row = dw + load<u32>(at, 4);
      v128.store(row, f32x4.add(v128.load(row), f32x4.mul(a, g0)));
      v128.store(row, f32x4.add(v128.load(row, 16), f32x4.mul(a, g1)), 16);
    }
  }
}
