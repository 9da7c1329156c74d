import { scaleGroups, singleGroups } from "./autoScale.js";
import type { Alpha } from "./autoScale.js";
import { LevelQuantizer } from "./levelQuantizer.js";
import type { ScaledLevels } from "./levelQuantizer.js";
import { pythonFloat } from "./pythonFloat.js";

/** What `binary` takes. */
export interface BinaryOptions {
  /** Values 0 and 1 instead of -1 and 1. Default false. */
  use01?: boolean | 0 | 1;
  /**
   * Factor on the values: null (1, but QDense turns it into "auto_po2" for a kernel), a number, "auto" (the
   * least-squares scale of each channel) or "auto_po2" (the power of two nearest to it). Default null.
   */
  alpha?: Alpha;
}

/** See `binary`. */
export class Binary extends LevelQuantizer {
  readonly className: string = "binary";
  readonly bits = 1;
  readonly use01: boolean;
  protected readonly fixedMagnitude = 1;

  /** @param name What errors call the quantizer. */
  constructor({ use01 = false, alpha = null }: BinaryOptions = {}, name = "binary") {
    super(name, alpha);
    this.use01 = Boolean(use01);
  }

  protected get codeFormat(): { bits: number; signed: boolean } {
    // -1 and +1 take two bits in two's complement.
    return this.use01 ? { bits: 1, signed: false } : { bits: 2, signed: true };
  }

  /** Zero counts as positive, the negative zero too. */
  protected fixedLevels(x: Float32Array): Float32Array {
    const negative = this.use01 ? 0 : -1;
    const levels = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) levels[i] = x[i] >= 0 ? 1 : x[i] < 0 ? negative : NaN;
    return levels;
  }

  protected fit(x: Float32Array, shape: readonly number[]): ScaledLevels {
    const levels = this.fixedLevels(x);
    const groups = shape.length <= 1 ? singleGroups(x.length) : scaleGroups(shape, null);
    return { levels, groups, scale: this.fitScale(x, levels, groups) };
  }

  protected preimage(level: number, magnitude: number): number {
    return level > 0 ? magnitude : -magnitude;
  }

  override min(): number {
    return this.use01 ? 0 : super.min();
  }

  getConfig(): Record<string, unknown> {
    return { use_01: this.use01, alpha: this.alpha, use_stochastic_rounding: false };
  }

  toString(): string {
    const parts: string[] = [];
    if (this.use01) parts.push("use_01=1");
    if (this.alpha !== null) parts.push(`alpha=${typeof this.alpha === "string" ? `'${this.alpha}'` : pythonFloat(this.alpha)}`);
    return `binary(${parts.join(",")})`;
  }

  override asKernelQuantizer(): Binary {
    return this.alpha === null ? new Binary({ use01: this.use01, alpha: "auto_po2" }) : this;
  }
}

/**
 * One bit a number: its sign, times a scale.
 *
 * `q = alpha * (x < 0 ? -1 : 1)`. The gradient is 1 everywhere, and that of tanh without alpha. With alpha
 * "auto" or "auto_po2" each output channel has its own scale, the one that brings q nearest to x in least
 * squares (Rastegari et al. 2016, XNOR-Net, arXiv:1603.05279: the mean of |x|). Matches `qkeras.binary` 0.9.0.
 *
 * @param options See `BinaryOptions`.
 * @throws {RangeError} When alpha is unknown or 0.
 * @example
 * binary({ alpha: 0.5 }).apply(tf.tensor1d([-0.1, 0, 3])).dataSync(); // [-0.5, 0.5, 0.5]
 */
export function binary(options: BinaryOptions = {}): Binary {
  return new Binary(options);
}
