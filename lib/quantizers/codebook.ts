import { Quantizer } from "./quantizer.js";
import type { QuantizedCodes } from "./quantizer.js";

/** What `codebook` takes. */
export interface CodebookOptions {
  /** The values that there are, finite, 1 to 65,536 of them, in any order. */
  centroids: readonly number[];
}

const NAME = "codebook";

/** The distinct float32 values in ascending order. */
function ascending(centroids: readonly number[]): Float32Array {
  const { length } = centroids;
  if (!(length >= 1 && length <= 2 ** 16)) throw new RangeError(`${NAME}: expected 1 to 65536 centroids but found ${length}.`);
  const wrong = centroids.find((value) => !Number.isFinite(Math.fround(value)));
  if (wrong !== undefined) throw new RangeError(`${NAME}: expected finite centroids but found ${wrong}.`);
  // Adding 0 makes a zero positive: there is one zero only.
  return Float32Array.from(new Set(centroids.map((value) => Math.fround(value) + 0))).sort();
}

/** See `codebook`. */
export class Codebook extends Quantizer {
  readonly className: string = NAME;
  readonly bits: number;
  /** The values, ascending. */
  readonly centroids: Float32Array;
  /** Halfway from each value to the next. */
  private readonly boundaries: Float64Array;
  /** Place of 0 among the values, or -1. */
  private readonly zero: number;

  constructor({ centroids }: CodebookOptions) {
    super();
    this.centroids = ascending(centroids);
    this.boundaries = Float64Array.from(this.centroids.subarray(1), (value, i) => (this.centroids[i] + value) / 2);
    this.zero = this.centroids.indexOf(0);
    this.bits = Math.max(1, Math.ceil(Math.log2(this.centroids.length)));
  }

  /** Place of the nearest value; of two as near the lower. */
  private nearest(x: number): number {
    const { boundaries } = this;
    let low = 0;
    for (let high = boundaries.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (x > boundaries[middle]) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  quantize(x: Float32Array): Float32Array {
    return x.map((value) => (Number.isNaN(value) ? value : this.centroids[this.nearest(value)]));
  }

  slope(): number {
    return 1;
  }

  /** Code 0 is the value 0 where there is one, so that a file can leave zeros out; the others follow in ascending order. */
  encode(x: Float32Array): QuantizedCodes {
    const { zero, bits } = this;
    const codes = Int32Array.from(x, (value) => {
      const place = this.nearest(value);
      return place === zero ? 0 : place < zero ? place + 1 : place;
    });
    return { codes, step: Float32Array.of(1), stepShape: [], bits, signed: false };
  }

  override decode({ codes }: QuantizedCodes): Float32Array {
    const { zero, centroids } = this;
    const wrong = codes.find((code) => code >= centroids.length);
    if (wrong !== undefined) throw new RangeError(`${NAME}: expected codes below ${centroids.length} but found ${wrong}.`);
    return Float32Array.from(codes, (code) => {
      if (zero < 0) return centroids[code];
      return code === 0 ? 0 : centroids[code <= zero ? code - 1 : code];
    });
  }

  max(): number {
    return Math.max(1, ...this.centroids.map(Math.abs));
  }

  min(): number {
    return Math.min(0, this.centroids[0]);
  }

  getConfig(): Record<string, unknown> {
    return { centroids: [...this.centroids] };
  }

  toString(): string {
    return `${NAME}([${this.centroids.join(" ")}])`;
  }
}

/**
 * Numbers that share a few values: each becomes the nearest of a list, and a file holds its place in the list in
 * ceil(log2 k) bits (weight sharing; Han et al. 2016, Deep Compression, arXiv:1510.00149). The gradient is 1
 * everywhere, so that a weight that is trained can move from one value to another.
 *
 * @param options See `CodebookOptions`. `clusterWeights` finds them.
 * @throws {RangeError} When there are none, more than 65,536, or one is not finite.
 * @example
 * const quantizer = codebook({ centroids: [-0.5, 0, 0.7] }); // 2 bits
 * quantizer.quantize(Float32Array.of(-3, 0.2, 0.4)); // [-0.5, 0, 0.7]
 */
export function codebook(options: CodebookOptions): Codebook {
  return new Codebook(options);
}
