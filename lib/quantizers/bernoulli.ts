import type { Binary } from "./binary.js";
import { StochasticBinary } from "./stochasticBinary.js";
import type { StochasticBinaryOptions } from "./stochasticBinary.js";

/** What `bernoulli` takes. */
export type BernoulliOptions = StochasticBinaryOptions;

/** See `bernoulli`. */
export class Bernoulli extends StochasticBinary {
  override readonly className = "bernoulli";

  constructor(options: BernoulliOptions = {}) {
    super(options, "bernoulli", true);
  }

  /** Drawn at random, whether a network trains or not. */
  override quantize(x: Float32Array, shape: readonly number[]): Float32Array {
    return this.quantizeInTraining(x, shape);
  }

  /** 1 everywhere. */
  override slope(): number {
    return 1;
  }

  /** @throws {RangeError} Always: the values are other ones at each call. */
  override encode(): never {
    throw new RangeError(`${this} draws its values anew at each call, so they have no codes; binary(use_01=1) has.`);
  }

  override getConfig(): Record<string, unknown> {
    const { alpha, temperature, useRealSigmoid, seed } = this;
    return {
      alpha,
      // QKeras leaves the first two out and loses them, and has no seed; here they are said when they are not the defaults.
      ...(temperature !== 6 && { temperature }),
      ...(!useRealSigmoid && { use_real_sigmoid: false }),
      ...(seed !== 0 && { seed }),
    };
  }

  override asKernelQuantizer(): Binary {
    return this.alpha === null ? new Bernoulli(this.kernelOptions) : this;
  }
}

/**
 * 0 or 1 at random, times a scale: 1 with probability `sigmoid(temperature * x)`, at each call anew.
 *
 * With an automatic alpha x is divided by the standard deviation of its channel first, and the scale is the one that
 * brings the numbers above 0 nearest to x in least squares. The gradient is 1 everywhere. As in QKeras it stays random
 * when a network does not train. Matches `qkeras.bernoulli` 0.9.0, but for the random numbers, which follow from the
 * seed.
 *
 * @param options See `BernoulliOptions`.
 * @throws {RangeError} When an option is out of range.
 * @example
 * bernoulli({ seed: 7 }).apply(tf.tensor1d([-3, 0, 3])).dataSync(); // [0, 0 or 1, 1]
 */
export function bernoulli(options: BernoulliOptions = {}): Bernoulli {
  return new Bernoulli(options);
}
