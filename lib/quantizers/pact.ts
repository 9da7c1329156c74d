import * as tf from "@tensorflow/tfjs";

/**
 * Quantizes activations between 0 and a bound that is trained too (PACT; Choi et al. 2018, arXiv:1805.06085):
 * `y = clip(x, 0, bound)`, rounded to one of 2^bits values from 0 to bound, halves upwards.
 *
 * The gradient of x is 1 between 0 and the bound, 0 elsewhere; that of the bound is 1 where x reaches it, else 0.
 *
 * @param x Any float32 tensor.
 * @param bound A scalar above 0 (the paper's alpha).
 * @param bits Bits of a code, 1 to 16.
 * @returns A tensor of the shape of x.
 * @throws {RangeError} When bits is out of range or the bound is not above 0.
 * @example
 * pact(tf.tensor1d([-1, 0.4, 9]), tf.scalar(3), 2).dataSync(); // [0, 0, 3]
 */
export function pact<T extends tf.Tensor>(x: T, bound: tf.Scalar, bits = 8): T {
  if (!Number.isInteger(bits) || bits < 1 || bits > 16) {
    throw new RangeError(`pact: expected bits to be a whole number from 1 to 16 but found ${bits}.`);
  }
  const op = tf.customGrad((input, limit, save) => {
    const [values, alpha] = [input as tf.Tensor, limit as tf.Tensor];
    (save as tf.GradSaveFunc)([values, alpha]);
    const [top] = alpha.dataSync();
    if (!(top > 0)) throw new RangeError(`pact: expected the bound to be above 0 but found ${top}.`);
    const scale = Math.fround(top / (2 ** bits - 1));
    const y = (values.dataSync() as Float32Array).map((value) => scale * Math.floor(Math.min(Math.max(value, 0), top) / scale + 0.5) + 0);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [at, alphaAt] = saved;
      const [highest] = alphaAt.dataSync();
      const upstream = dy.dataSync();
      let dBound = 0;
      const dx = (at.dataSync() as Float32Array).map((value, i) => {
        if (value >= highest) dBound += upstream[i];
        return value > 0 && value < highest ? upstream[i] : 0;
      });
      return [tf.tensor(dx, at.shape), tf.tensor([dBound], alphaAt.shape)];
    };
    return { value: tf.tensor(y, values.shape), gradFunc };
  });
  return op(x, bound) as T;
}
