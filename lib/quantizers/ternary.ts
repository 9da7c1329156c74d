import { maxScale, powerOfTwo, scaleGroups, singleGroups } from "./autoScale.js";
import type { Alpha, ScaleGroups } from "./autoScale.js";
import { LevelQuantizer } from "./levelQuantizer.js";
import type { ScaledLevels } from "./levelQuantizer.js";
import { pythonFloat } from "./pythonFloat.js";

/** What `ternary` takes. */
export interface TernaryOptions {
  /**
   * Factor on the values: null (1, but QDense turns it into "auto_po2" for a kernel), a number, "auto" (the
   * least-squares scale of each channel) or "auto_po2" (the power of two nearest to it). Default null.
   */
  alpha?: Alpha;
  /** Smallest magnitude that does not become 0, with a numeric alpha. Default null, 0.33. */
  threshold?: number | null;
  /** Rounds in which an automatic scale and the zeros are found in turn, 1 or more. Default 5. */
  numberOfUnrolls?: number;
}

const DEFAULT_THRESHOLD = 0.33;

/** See `ternary`. */
export class Ternary extends LevelQuantizer {
  readonly className: string = "ternary";
  readonly bits = 2;
  readonly threshold: number | null;
  readonly numberOfUnrolls: number;
  protected readonly codeFormat = { bits: 2, signed: true };

  /** @param name What errors call the quantizer. */
  constructor({ alpha = null, threshold = null, numberOfUnrolls = 5 }: TernaryOptions = {}, name = "ternary") {
    super(name, alpha);
    if (threshold !== null && !(threshold >= 0 && threshold < Infinity)) {
      throw new RangeError(`${name}: expected threshold to be a number from 0 or null but found ${threshold}.`);
    }
    if (threshold !== null && typeof alpha === "string") {
      throw new RangeError(
        `${name}: expected no threshold beside alpha "${alpha}", which finds its own, but found ${threshold}; ` +
          "a kernel without alpha gets \"auto_po2\": give it a number.",
      );
    }
    if (!Number.isInteger(numberOfUnrolls) || numberOfUnrolls < 1) {
      throw new RangeError(`${name}: expected number_of_unrolls to be a whole number above 0 but found ${numberOfUnrolls}.`);
    }
    this.threshold = threshold;
    this.numberOfUnrolls = numberOfUnrolls;
  }

  protected get fixedMagnitude(): number {
    return Math.max(1, this.threshold ?? DEFAULT_THRESHOLD);
  }

  protected fixedLevels(x: Float32Array): Float32Array {
    const threshold = Math.fround(this.threshold ?? DEFAULT_THRESHOLD);
    const levels = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) levels[i] = Math.abs(x[i]) < threshold ? 0 : Math.sign(x[i]);
    return levels;
  }

  /** Starts from the scale that is best for evenly spread values, `2/3 max|x|`, as if it were "auto" on 3 levels. */
  protected fit(x: Float32Array, shape: readonly number[]): ScaledLevels {
    let groups = scaleGroups(shape, null);
    let scale = maxScale(x, groups, 3);
    if (this.alpha === "auto_po2") scale = scale.map(powerOfTwo);
    let levels: Float32Array = new Float32Array(0);
    for (let round = 0; round < this.numberOfUnrolls; round++) {
      levels = roundedLevels(x, groups, scale);
      if (shape.length <= 1) groups = singleGroups(x.length);
      scale = this.fitScale(x, levels, groups);
    }
    return { levels, groups, scale };
  }

  protected preimage(level: number, magnitude: number): number {
    return level * magnitude;
  }

  getConfig(): Record<string, unknown> {
    return {
      alpha: this.alpha,
      threshold: this.threshold,
      use_stochastic_rounding: false,
      number_of_unrolls: this.numberOfUnrolls,
    };
  }

  toString(): string {
    const { alpha, threshold, numberOfUnrolls } = this;
    const parts: string[] = [];
    if (alpha !== null) parts.push(`alpha=${typeof alpha === "string" ? `'${alpha}'` : pythonFloat(alpha)}`);
    if (threshold !== null) parts.push(`threshold=${pythonFloat(threshold)}`);
    if (numberOfUnrolls !== 5) parts.push(`number_of_unrolls=${numberOfUnrolls}`);
    return `ternary(${parts.join(",")})`;
  }

  override asKernelQuantizer(): Ternary {
    if (this.alpha !== null) return this;
    return new Ternary({ alpha: "auto_po2", threshold: this.threshold, numberOfUnrolls: this.numberOfUnrolls });
  }
}

/** Sign of each value beyond half its scale, 0 of the others; where the scale is 0, so are all. */
function roundedLevels(x: Float32Array, groups: ScaleGroups, scale: Float32Array): Float32Array {
  const { count, run } = groups;
  const levels = new Float32Array(x.length);
  const bounds = scale.map((s) => (s > 0 ? s / 2 : Infinity));
  for (let i = 0; i < x.length; ) {
    for (let group = 0; group < count; group++) {
      const bound = bounds[group];
      // Subtracting comparisons is faster than branching, and adding 0 times x keeps a NaN.
      for (const end = i + run; i < end; i++) levels[i] = Number(x[i] > bound) - Number(x[i] < -bound) + x[i] * 0;
    }
  }
  return levels;
}

/**
 * Three values: -1, 0 and 1, times a scale.
 *
 * `q = alpha * (|x| < threshold ? 0 : sign(x))`. The gradient is 1 everywhere, and that of tanh without
 * alpha. With alpha "auto" or "auto_po2" each output channel has its own scale, the one that brings q nearest
 * to x in least squares, and what lies within half a scale of 0 becomes 0 (after Li et al. 2016, Ternary
 * Weight Networks, arXiv:1605.04711). Matches `qkeras.ternary` 0.9.0.
 *
 * @param options See `TernaryOptions`.
 * @throws {RangeError} When an option is out of range, or a threshold is given beside an automatic alpha.
 * @example
 * ternary({ alpha: 0.5 }).apply(tf.tensor1d([-0.4, 0.3, 3])).dataSync(); // [-0.5, 0, 0.5]
 */
export function ternary(options: TernaryOptions = {}): Ternary {
  return new Ternary(options);
}
