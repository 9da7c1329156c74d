import * as tf from "@tensorflow/tfjs";
import { infer } from "./chain.js";
import type { Segment } from "./segments.js";

/** What units without incoming weights give to the next layer, whatever the input. */
export interface UnitConstants {
  /** A number a feature, the one at the first place of the map where there is one. */
  values: Float32Array;
  /** For each feature whether it is the same at all places of the map. */
  uniform: boolean[];
}

/**
 * Computes what a layer gives through the layers behind it when all its inputs are zero. For units whose incoming
 * weights are zero that is their constant; what stands for the others has no meaning.
 *
 * @throws {TypeError} When the layer's input has no fixed size.
 */
export function unitConstants({ layer, between }: Segment): UnitConstants {
  const [, ...shape] = layer.inboundNodes[0].inputTensors[0].shape;
  if (shape.includes(null)) throw new TypeError(`Expected an input of fixed size for ${layer.name} but found [${shape}].`);
  return tf.tidy(() => {
    const outputs = [layer, ...between].reduce((x, each) => infer(each, x), tf.zeros([1, ...(shape as number[])]) as tf.Tensor);
    const features = outputs.shape[outputs.rank - 1];
    const map = outputs.dataSync();
    const values = Float32Array.from(map.subarray(0, features));
    // Averages over windows of different sizes may differ in their last bit.
    const near = (value: number, i: number): boolean => Math.abs(value - values[i % features]) <= 1e-6 * Math.abs(value);
    const uniform = new Array<boolean>(features).fill(true);
    map.forEach((value, i) => (uniform[i % features] &&= near(value, i)));
    return { values, uniform };
  });
}
