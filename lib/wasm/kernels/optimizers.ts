/*
 * Updates of all weights at once, which lie one after the other: `w` from their gradients `g`. `bytes` is the
 * size of each, a multiple of 16.
 */

/** `w -= rate · g` */
export function sgd(w: usize, g: usize, bytes: usize, rate: f32): void {
  const r = f32x4.splat(rate);
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(w + i, f32x4.sub(v128.load(w + i), f32x4.mul(r, v128.load(g + i))));
  }
}

/**
 * SGD with momentum (tfjs: `tf.train.momentum`): `a = momentum · a + g`, `w -= rate · a`, or
 * `w -= rate · (g + momentum · a)` with Nesterov's.
 */
export function momentum(w: usize, g: usize, a: usize, bytes: usize, rate: f32, momentum: f32, nesterov: bool): void {
  const r = f32x4.splat(rate);
  const mu = f32x4.splat(momentum);
  for (let i: usize = 0; i < bytes; i += 16) {
    const gradient = v128.load(g + i);
    const sum = f32x4.add(f32x4.mul(mu, v128.load(a + i)), gradient);
    v128.store(a + i, sum);
    const direction = nesterov ? f32x4.add(gradient, f32x4.mul(mu, sum)) : sum;
    v128.store(w + i, f32x4.sub(v128.load(w + i), f32x4.mul(r, direction)));
  }
}

/**
 * Adam (Kingma and Ba 2015): `m += (g - m)(1 - β₁)`, `v += (g² - v)(1 - β₂)`, `w -= rate · m / (√v + ε)`;
 * the correction of m and v is part of rate.
 *
 * Where there are no more gradients, as behind a ReLU that never opens, m shrinks until rounding keeps it at a few times the
 * smallest number there is. Processors are slow with such numbers: `adamStuckStep` goes around them.
 *
 * @param bytes a multiple of 32
 */
export function adam(
  w: usize, g: usize, m: usize, v: usize, bytes: usize, rate: f32, beta1: f64, beta2: f64, epsilon: f32,
): void {
  const r = f32x4.splat(rate);
  const e = f32x4.splat(epsilon);
  const b1 = f32x4.splat(<f32>(1 - beta1));
  const b2 = f32x4.splat(<f32>(1 - beta2));
  const magnitude = i32x4.splat(i32.MAX_VALUE);
  const moving = i32x4.splat(smallestMoving(rate, <f32>(1 - beta1)));
  for (const end = w + bytes; w < end; w += 32, g += 32, m += 32, v += 32) {
    const small0 = i32x4.gt_s(moving, v128.and(v128.load(m), magnitude));
    const small1 = i32x4.gt_s(moving, v128.and(v128.load(m, 16), magnitude));
    if (v128.any_true(v128.or(small0, small1))) {
      adamStuckStep(w, g, m, v, r, b1, b2, e, small0);
      adamStuckStep(w + 16, g + 16, m + 16, v + 16, r, b1, b2, e, small1);
    } else {
      adamStep(w, g, m, v, r, b1, b2, e);
      adamStep(w + 16, g + 16, m + 16, v + 16, r, b1, b2, e);
    }
  }
}

/** Adam for four numbers; b1 and b2 are 1 - β. */
// @ts-ignore: decorator
@inline
function adamStep(w: usize, g: usize, m: usize, v: usize, rate: v128, b1: v128, b2: v128, epsilon: v128): void {
  const gradient = v128.load(g);
  const oldM = v128.load(m);
  const oldV = v128.load(v);
  const newM = f32x4.add(oldM, f32x4.mul(f32x4.sub(gradient, oldM), b1));
  const newV = f32x4.add(oldV, f32x4.mul(f32x4.sub(f32x4.mul(gradient, gradient), oldV), b2));
  v128.store(m, newM);
  v128.store(v, newV);
  const change = f32x4.div(f32x4.mul(newM, rate), f32x4.add(f32x4.sqrt(newV), epsilon));
  v128.store(w, f32x4.sub(v128.load(w), change));
}

/**
 * The same, with the same results: where m is so small that it stays without a gradient, and there is none, a zero of its sign
 * is what is computed with.
 */
// @ts-ignore: decorator
@inline
function adamStuckStep(
  w: usize, g: usize, m: usize, v: usize, rate: v128, b1: v128, b2: v128, epsilon: v128, isSmall: v128,
): void {
  const gradient = v128.load(g);
  const oldM = v128.load(m);
  const oldV = v128.load(v);
  const isStuck = v128.and(isSmall, f32x4.eq(gradient, f32x4.splat(0)));
  const zero = v128.and(oldM, i32x4.splat(i32.MIN_VALUE));
  const otherM = v128.bitselect(zero, oldM, isStuck);
  const newM = f32x4.add(otherM, f32x4.mul(f32x4.sub(gradient, otherM), b1));
  const newV = f32x4.add(oldV, f32x4.mul(f32x4.sub(f32x4.mul(gradient, gradient), oldV), b2));
  v128.store(m, v128.bitselect(oldM, newM, isStuck));
  v128.store(v, newV);
  const change = f32x4.div(f32x4.mul(v128.bitselect(zero, newM, isStuck), rate), f32x4.add(f32x4.sqrt(newV), epsilon));
  v128.store(w, f32x4.sub(v128.load(w), change));
}

/**
 * The bits of the smallest m that moves without a gradient. Up to it n times the smallest number there is stays, and gives no
 * change of w: n (1 - β₁) and n · rate round to 0.
 */
function smallestMoving(rate: f32, b1: f32): i32 {
  return rate < 0.125 ? <i32>Math.min(4, Math.ceil(0.5 / <f64>b1) - 1) + 1 : 0;
}
