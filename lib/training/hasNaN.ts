import type * as tf from "@tensorflow/tfjs";

/**
 * Whether a tensor holds NaN. TensorFlow.js's WebAssembly backend clips NaN to a number, so that a cross-entropy would
 * hide it; in Keras and the kernels the loss is NaN then.
 */
export const hasNaN = (tensor: tf.Tensor): boolean => tensor.dataSync().some(Number.isNaN);
