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
 * smallest number there is. Processors are slow with such numbers. As nothing changes by them, it is computed with a zero
 * of the same sign there, and m stays what it is.
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
  for (let i: usize = 0; i < bytes; i += 16) {
    const gradient = v128.load(g + i);
    const oldM = v128.load(m + i);
    const oldV = v128.load(v + i);
    const newV = f32x4.add(oldV, f32x4.mul(f32x4.sub(f32x4.mul(gradient, gradient), oldV), b2));
    v128.store(v + i, newV);
    let newM: v128;
    const isSmall = i32x4.gt_s(moving, v128.and(oldM, magnitude));
    if (v128.any_true(isSmall)) {
      const isStuck = v128.and(isSmall, f32x4.eq(gradient, f32x4.splat(0)));
      const zero = v128.andnot(oldM, magnitude);
      const otherM = v128.bitselect(zero, oldM, isStuck);
      newM = f32x4.add(otherM, f32x4.mul(f32x4.sub(gradient, otherM), b1));
      v128.store(m + i, v128.bitselect(oldM, newM, isStuck));
      newM = v128.bitselect(zero, newM, isStuck);
    } else {
      newM = f32x4.add(oldM, f32x4.mul(f32x4.sub(gradient, oldM), b1));
      v128.store(m + i, newM);
    }
    const change = f32x4.div(f32x4.mul(newM, r), f32x4.add(f32x4.sqrt(newV), e));
    v128.store(w + i, f32x4.sub(v128.load(w + i), change));
  }
}

/**
 * The bits of the smallest m that moves without a gradient: n times the smallest number stays, and gives no change of w,
 * where n (1 - β₁) and n · rate round to 0.
 */
function smallestMoving(rate: f32, b1: f32): i32 {
  return rate < 0.125 ? <i32>Math.min(4, Math.ceil(0.5 / <f64>b1) - 1) + 1 : 0;
}
