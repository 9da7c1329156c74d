import { createRandom } from "../data/random.js";
import type { Random } from "../data/random.js";
import { scaleGroups } from "./autoScale.js";
import type { Alpha } from "./autoScale.js";
import { Binary } from "./binary.js";
import { pythonFloat } from "./pythonFloat.js";
import { checkTemperature, deviations, signProbability } from "./signProbabilities.js";

/** What `stochasticBinary` takes. */
export interface StochasticBinaryOptions {
  /**
   * Factor on the values: null (1, but QDense turns it into "auto_po2" for a kernel), a number, "auto" (the
   * least-squares scale of each channel) or "auto_po2" (the power of two nearest to it). Default null.
   */
  alpha?: Alpha;
  /** Factor on the numbers, above 0: the larger, the less is left to chance. Default 6. */
  temperature?: number;
  /** The true sigmoid instead of x / 2 + 1/2 clipped to 0 and 1. Default true. */
  useRealSigmoid?: boolean | 0 | 1;
  /** What the random numbers follow from, a whole number. Default 0. */
  seed?: number;
}

/** See `stochasticBinary`. */
export class StochasticBinary extends Binary {
  override readonly className: string = "stochastic_binary";
  readonly temperature: number;
  readonly useRealSigmoid: boolean;
  readonly seed: number;
  private readonly random: Random;

  /** @param name What errors call the quantizer. */
  constructor(options: StochasticBinaryOptions = {}, name = "stochastic_binary", use01 = false) {
    const { alpha = null, temperature = 6, useRealSigmoid = true, seed = 0 } = options;
    super({ alpha, use01 }, name);
    checkTemperature(name, temperature);
    this.temperature = temperature;
    this.useRealSigmoid = Boolean(useRealSigmoid);
    this.seed = seed;
    this.random = createRandom(seed);
  }

  override get isStochastic(): boolean {
    return true;
  }

  /** Levels drawn at random; with an automatic alpha a number counts by the deviation of its channel. */
  private draw(x: Float32Array, shape: readonly number[]): Float32Array {
    const negative = this.use01 ? 0 : -1;
    const groups = typeof this.alpha === "string" ? scaleGroups(shape, null) : null;
    const deviation = groups && deviations(x, groups);
    return x.map((value, i) => {
      const p = signProbability(groups && deviation ? value / deviation[groups.groupOf(i)] : value, this);
      const r = this.random.uniform();
      return p >= r ? 1 : p < r ? negative : NaN;
    });
  }

  /** The scale is that of the signs, not of the levels that are drawn. */
  override quantizeInTraining(x: Float32Array, shape: readonly number[]): Float32Array {
    const levels = this.draw(x, shape);
    return typeof this.alpha === "string" ? this.multiply({ ...this.fit(x, shape), levels }) : this.multiplyFixed(levels);
  }

  /** 1 everywhere, without alpha too. */
  override slopeInTraining(): number {
    return 1;
  }

  override getConfig(): Record<string, unknown> {
    const { alpha, temperature, useRealSigmoid, seed } = this;
    // QKeras has no seed.
    return { alpha, temperature, use_real_sigmoid: useRealSigmoid, ...(seed !== 0 && { seed }) };
  }

  override toString(): string {
    const { alpha, temperature, seed } = this;
    const parts: string[] = [];
    if (alpha !== null) parts.push(`alpha=${typeof alpha === "string" ? `'${alpha}'` : pythonFloat(alpha)}`);
    if (temperature !== 6) parts.push(`temperature=${pythonFloat(temperature)}`);
    if (!this.useRealSigmoid) parts.push("use_real_sigmoid=0");
    if (seed !== 0) parts.push(`seed=${seed}`);
    return `${this.className}(${parts.join(",")})`;
  }

  /** The options of the same quantizer with the alpha that QDense gives a kernel. */
  protected get kernelOptions(): StochasticBinaryOptions {
    const { temperature, useRealSigmoid, seed } = this;
    return { alpha: "auto_po2", temperature, useRealSigmoid, seed };
  }

  override asKernelQuantizer(): Binary {
    return this.alpha === null ? new StochasticBinary(this.kernelOptions) : this;
  }
}

/**
 * `binary` whose sign is drawn at random while a network trains: 1 with probability `sigmoid(temperature * x)`, else
 * -1, times alpha.
 *
 * With an automatic alpha x is divided by the standard deviation of its channel first, and the scale is that of
 * `binary`. The gradient is then 1. When a network does not train, it is `binary`. Matches `qkeras.stochastic_binary`
 * 0.9.0, but for the random numbers, which follow from the seed.
 *
 * @param options See `StochasticBinaryOptions`.
 * @throws {RangeError} When an option is out of range.
 * @example
 * const quantizer = stochasticBinary({ alpha: 1, seed: 7 });
 * quantizer.apply(tf.tensor1d([-0.1, 3])).dataSync(); // [-1, 1]
 * quantizer.apply(tf.tensor1d([-0.1, 3]), { training: true }).dataSync(); // [-1 or, one time in three, 1, 1]
 */
export function stochasticBinary(options: StochasticBinaryOptions = {}): StochasticBinary {
  return new StochasticBinary(options);
}
