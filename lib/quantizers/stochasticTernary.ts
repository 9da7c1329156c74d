import { createRandom } from "../data/random.js";
import type { Random } from "../data/random.js";
import { maxScale, powerOfTwo, scaleGroups, singleGroups } from "./autoScale.js";
import type { ScaledLevels } from "./levelQuantizer.js";
import { pythonFloat } from "./pythonFloat.js";
import { checkTemperature, deviations, signProbability } from "./signProbabilities.js";
import { Ternary } from "./ternary.js";
import type { TernaryOptions } from "./ternary.js";

/** What `stochasticTernary` takes. */
export interface StochasticTernaryOptions extends TernaryOptions {
  /** Factor on the numbers, above 0: the larger, the less is left to chance. Default 8. */
  temperature?: number;
  /** The true sigmoid instead of x / 2 + 1/2 clipped to 0 and 1. Default true. */
  useRealSigmoid?: boolean | 0 | 1;
  /** What the random numbers follow from, a whole number. Default 0. */
  seed?: number;
}

/** See `stochasticTernary`. */
export class StochasticTernary extends Ternary {
  override readonly className = "stochastic_ternary";
  readonly temperature: number;
  readonly useRealSigmoid: boolean;
  readonly seed: number;
  private readonly random: Random;

  constructor({ temperature = 8, useRealSigmoid = true, seed = 0, ...rest }: StochasticTernaryOptions = {}) {
    super(rest, "stochastic_ternary");
    checkTemperature("stochastic_ternary", temperature);
    if (rest.threshold === 1) throw new RangeError("stochastic_ternary: expected threshold to be another number than 1.");
    this.temperature = temperature;
    this.useRealSigmoid = Boolean(useRealSigmoid);
    this.seed = seed;
    this.random = createRandom(seed);
  }

  override get isStochastic(): boolean {
    return true;
  }

  /** As `fit`, but what lies exactly half a scale from 0 does not become 0. */
  private fitInclusive(x: Float32Array, shape: readonly number[]): ScaledLevels {
    let groups = scaleGroups(shape, null);
    let scale = maxScale(x, groups, 3);
    if (this.alpha === "auto_po2") scale = scale.map(powerOfTwo);
    let levels: Float32Array = new Float32Array(0);
    for (let round = 0; round < this.numberOfUnrolls; round++) {
      levels = x.map((value, i) => (Math.abs(value) >= scale[groups.groupOf(i)] / 2 ? Math.sign(value) : 0));
      if (shape.length <= 1) groups = singleGroups(x.length);
      scale = this.fitScale(x, levels, groups);
    }
    return { levels, groups, scale };
  }

  /**
   * Half the sum of two signs, drawn for the distances from minus and from plus half a scale.
   *
   * @throws {RangeError} When alpha is not automatic.
   */
  override quantizeInTraining(x: Float32Array, shape: readonly number[]): Float32Array {
    if (typeof this.alpha !== "string") {
      throw new RangeError(`${this}: expected alpha to be "auto" or "auto_po2" for training but found ${this.alpha}.`);
    }
    const { groups, scale } = this.fitInclusive(x, shape);
    const channels = scaleGroups(shape, null);
    const deviation = deviations(x, channels);
    const levels = x.map((value, i) => {
      const half = scale[groups.groupOf(i)] / 2;
      const unit = deviation[channels.groupOf(i)];
      const signs = [value - half, value + half].map((distance) => {
        const r = this.random.uniform();
        const p = signProbability(distance / unit, this);
        return p >= r ? 1 : p < r ? -1 : NaN;
      });
      return (signs[0] + signs[1]) / 2;
    });
    return this.multiply({ levels, groups, scale });
  }

  /** 1 everywhere. */
  override slopeInTraining(): number {
    return 1;
  }

  override getConfig(): Record<string, unknown> {
    const { alpha, threshold, temperature, useRealSigmoid, numberOfUnrolls, seed } = this;
    return {
      alpha,
      threshold,
      temperature,
      use_real_sigmoid: useRealSigmoid,
      number_of_unrolls: numberOfUnrolls,
      // QKeras has no seed.
      ...(seed !== 0 && { seed }),
    };
  }

  override toString(): string {
    const { alpha, threshold, temperature, numberOfUnrolls, seed } = this;
    const parts: string[] = [];
    if (alpha !== null) parts.push(`alpha=${typeof alpha === "string" ? `'${alpha}'` : pythonFloat(alpha)}`);
    if (threshold !== null) parts.push(`threshold=${pythonFloat(threshold)}`);
    if (temperature !== 8) parts.push(`temperature=${pythonFloat(temperature)}`);
    if (!this.useRealSigmoid) parts.push("use_real_sigmoid=0");
    if (numberOfUnrolls !== 5) parts.push(`number_of_unrolls=${numberOfUnrolls}`);
    if (seed !== 0) parts.push(`seed=${seed}`);
    return `stochastic_ternary(${parts.join(",")})`;
  }

  override asKernelQuantizer(): StochasticTernary {
    if (this.alpha !== null) return this;
    const { threshold, temperature, useRealSigmoid, numberOfUnrolls, seed } = this;
    return new StochasticTernary({ alpha: "auto_po2", threshold, temperature, useRealSigmoid, numberOfUnrolls, seed });
  }
}

/**
 * `ternary` whose values are drawn at random while a network trains, which takes alpha "auto" or "auto_po2".
 *
 * `q = scale * (s(x - scale / 2) + s(x + scale / 2)) / 2` where s(d) is 1 with probability `sigmoid(temperature * d /
 * std)`, else -1, and std is the standard deviation of the channel; the gradient is then 1. When a network does not
 * train, it is `ternary`. Matches `qkeras.stochastic_ternary` 0.9.0, but for the random numbers, which follow from the
 * seed.
 *
 * @param options See `StochasticTernaryOptions`.
 * @throws {RangeError} When an option is out of range, or a threshold is given beside an automatic alpha.
 * @example
 * const quantizer = stochasticTernary({ alpha: "auto", seed: 7 });
 * quantizer.apply(tf.tensor2d([[-0.1], [3], [-3]]), { training: true }).dataSync(); // about [0, 3, -3]
 */
export function stochasticTernary(options: StochasticTernaryOptions = {}): StochasticTernary {
  return new StochasticTernary(options);
}
