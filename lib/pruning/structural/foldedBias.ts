import type * as tf from "@tensorflow/tfjs";
import { weightQuantizer } from "../../layers/quantizedKernelLayer.js";
import { computedWeights, unitsOf } from "./unitWeights.js";

/** The bias of a layer, to which constants are added; zero where the layer has none. */
export class FoldedBias {
  /** The bias as it is trained. */
  private readonly stored: Float32Array;
  /** The bias as the layer computes with it, quantized where it has a quantizer, [units]. */
  private readonly computed: Float64Array;
  private sums: Float64Array;

  constructor(private readonly layer: tf.layers.Layer) {
    const { bias } = computedWeights(layer);
    this.computed = Float64Array.from(bias ?? new Float64Array(unitsOf(layer)));
    this.stored = bias ? Float32Array.from(layer.weights[1].read().dataSync()) : new Float32Array(unitsOf(layer));
    this.sums = this.computed;
  }

  /** What quantizes it, also where it is still to be made; or null. */
  get quantizer(): ReturnType<typeof weightQuantizer> {
    return weightQuantizer(this.layer, 1);
  }

  /**
   * Adds a constant to each unit's bias, if the bias can hold the sums: exactly, where it is quantized. One with an
   * automatic scale holds none, for the scale would follow the sums.
   *
   * @returns Whether it was added.
   */
  add(constants: Float64Array): boolean {
    const sums = this.sums.map((sum, unit) => sum + constants[unit]);
    const { quantizer } = this;
    if (quantizer) {
      if (typeof quantizer.getConfig().alpha === "string") return false;
      if (!quantizer.quantize(this.holding(sums), [sums.length]).every((value, unit) => value === sums[unit])) return false;
    }
    this.sums = sums;
    return true;
  }

  /** The bias to train with; null where nothing was added. */
  values(): Float32Array | null {
    return this.sums === this.computed ? null : this.holding(this.sums);
  }

  /** Units to which nothing was added keep the bias that they had, between the numbers of a format. */
  private holding(sums: Float64Array): Float32Array {
    return Float32Array.from(sums, (sum, unit) => (sum === this.computed[unit] ? this.stored[unit] : sum));
  }
}
