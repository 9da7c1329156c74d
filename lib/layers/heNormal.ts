import * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../data/shape.js";

// Standard deviation of the standard normal distribution cut off at ±2.
const TRUNCATED_STD = 0.87962566103423978;

/** See `heNormal`. */
export class HeNormal extends tf.serialization.Serializable {
  static readonly className = "KerasHeNormal";
  /** Factor of the variance over the number of inputs. */
  readonly scale = 2;
  readonly seed: number | null;

  constructor({ seed = null }: { seed?: number | null } = {}) {
    super();
    this.seed = seed;
  }

  apply(shape: number[], dtype: tf.DataType = "float32"): tf.Tensor {
    const inputs = sizeOf(shape.slice(0, -1));
    const std = Math.sqrt(this.scale / inputs) / TRUNCATED_STD;
    return tf.truncatedNormal(shape, 0, std, dtype as "float32", this.seed ?? undefined);
  }

  getConfig(): tf.serialization.ConfigDict {
    return { seed: this.seed };
  }
}
tf.serialization.registerClass(HeNormal as unknown as tf.serialization.SerializableConstructor<HeNormal>);

/**
 * Initial weights from a normal distribution cut off at two standard deviations, with variance
 * `2 / inputs` (He et al. 2015, arXiv:1502.01852; Keras: `HeNormal`). tfjs's own does not make up for
 * the cut and draws weights 12 % smaller.
 *
 * @param args seed: determines the weights; without it they differ each time.
 * @example qDense({ units: 5, kernelInitializer: heNormal({ seed: 1 }) });
 */
export function heNormal(args: { seed?: number | null } = {}): HeNormal {
  return new HeNormal(args);
}
