import * as tf from "@tensorflow/tfjs";

/**
 * Weight constraint that keeps weights between two values (QKeras: `Clip`).
 *
 * @example new Clip({ minValue: -1, maxValue: 1 }).apply(tf.tensor1d([-3, 0.5])).print(); // [-1, 0.5]
 */
export class Clip extends tf.serialization.Serializable {
  static readonly className = "Clip";
  readonly minValue: number;
  readonly maxValue: number;

  constructor({ minValue, maxValue }: { minValue: number; maxValue: number }) {
    super();
    this.minValue = minValue;
    this.maxValue = maxValue;
  }

  apply(w: tf.Tensor): tf.Tensor {
    return tf.clipByValue(w, this.minValue, this.maxValue);
  }

  getConfig(): tf.serialization.ConfigDict {
    return { minValue: this.minValue, maxValue: this.maxValue };
  }
}
tf.serialization.registerClass(Clip as unknown as tf.serialization.SerializableConstructor<Clip>);
