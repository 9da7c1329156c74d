import { leastSquaresScale, powerOfTwo } from "./autoScale.js";
import type { Alpha, ScaleGroups } from "./autoScale.js";
import { checkAlpha } from "./checkArguments.js";
import { leastSquaresMagnitudes } from "./leastSquaresMagnitudes.js";
import { Quantizer } from "./quantizer.js";
import type { QuantizedCodes } from "./quantizer.js";

/** Levels of values, and the scale of each group of them. */
export interface ScaledLevels {
  /** -1, 0 or 1 for each value. */
  levels: Float32Array;
  groups: ScaleGroups;
  scale: Float32Array;
}

/** Values -1, 0 and 1 times a scale: what `binary` and `ternary` have in common. */
export abstract class LevelQuantizer extends Quantizer {
  readonly alpha: Alpha;

  constructor(name: string, alpha: Alpha) {
    super();
    checkAlpha(name, alpha);
    this.alpha = alpha;
  }

  /** Bits of a code, and whether it can be negative. */
  protected abstract readonly codeFormat: { bits: number; signed: boolean };

  /** Level of each value with a numeric alpha. */
  protected abstract fixedLevels(x: Float32Array): Float32Array;

  /** Levels and scales with alpha "auto" and "auto_po2". */
  protected abstract fit(x: Float32Array, shape: readonly number[]): ScaledLevels;

  /** A value that has the given level, when levels are those of `magnitude` times -1, 0 and 1. */
  protected abstract preimage(level: number, magnitude: number): number;

  /** The smallest magnitude that is sure to have a level other than 0 with a numeric alpha. */
  protected abstract readonly fixedMagnitude: number;

  /** The least-squares scale, as a power of two with alpha "auto_po2". */
  protected fitScale(x: Float32Array, levels: Float32Array, groups: ScaleGroups): Float32Array {
    const scale = leastSquaresScale(x, levels, groups);
    return this.alpha === "auto_po2" ? scale.map(powerOfTwo) : scale;
  }

  quantize(x: Float32Array, shape: readonly number[]): Float32Array {
    return typeof this.alpha === "string" ? this.multiply(this.fit(x, shape)) : this.multiplyFixed(this.fixedLevels(x));
  }

  /** Multiplies levels in place by the scales of their groups. */
  protected multiply({ levels, groups, scale }: ScaledLevels): Float32Array {
    this.scale = scale;
    const { count, run } = groups;
    for (let i = 0; i < levels.length; ) {
      for (let group = 0; group < count; group++) {
        // Adding 0 makes a zero positive, as x + (q - x) does.
        for (const end = i + run; i < end; i++) levels[i] = levels[i] * scale[group] + 0;
      }
    }
    return levels;
  }

  /** Multiplies levels in place by a numeric alpha. */
  protected multiplyFixed(levels: Float32Array): Float32Array {
    const alpha = Number(this.alpha ?? 1);
    this.scale = alpha;
    for (let i = 0; i < levels.length; i++) levels[i] = alpha * levels[i] + 0;
    return levels;
  }

  /** 1 everywhere; without alpha that of tanh, `1 - tanh(x)^2`. */
  slope(x: Float32Array): Float32Array | number {
    if (this.alpha !== null) return 1;
    const slope = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const y = Math.fround(Math.tanh(x[i]));
      slope[i] = 1 - Math.fround(y * y);
    }
    return slope;
  }

  encode(x: Float32Array, shape: readonly number[]): QuantizedCodes {
    if (typeof this.alpha === "string") {
      const { levels, groups, scale } = this.fit(x, shape);
      return { codes: Int32Array.from(levels), step: scale, stepShape: groups.shape, ...this.codeFormat };
    }
    const codes = Int32Array.from(this.fixedLevels(x));
    return { codes, step: Float32Array.of(this.alpha ?? 1), stepShape: [], ...this.codeFormat };
  }

  /** With an automatic alpha the values are such that the scale found from them is the given one. */
  override decode({ codes, step }: QuantizedCodes): Float32Array {
    const { alpha } = this;
    const magnitudes = typeof alpha === "string" ? leastSquaresMagnitudes(codes, step, alpha) : null;
    return Float32Array.from(codes, (code, i) => this.preimage(code, magnitudes?.[i] ?? this.fixedMagnitude));
  }

  max(): number {
    return typeof this.alpha === "number" ? Math.max(1, this.alpha) : 1;
  }

  min(): number {
    return -this.max();
  }
}
