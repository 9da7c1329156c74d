import * as tf from "@tensorflow/tfjs";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";

/** A net of dense layers as the oracle was asked about it; a quantizer of null makes it of Keras's layers. */
export interface DenseNet {
  inputs: number;
  sizes: number[];
  kernelQuantizer: string | null;
  biasQuantizer: string | null;
  /** A quantizer, or of a float net a Keras activation. */
  activation: string;
  /** What the last layer's outputs go through, before softmax. */
  outputActivation?: string | null;
}

/** Layers fc1, fc2, …, output, activations relu1, … between them, and softmax at the end. */
export function denseNet({ inputs, sizes, kernelQuantizer, biasQuantizer, activation, outputActivation }: DenseNet): tf.Sequential {
  const model = tf.sequential();
  sizes.forEach((units, i) => {
    const isLast = i === sizes.length - 1;
    const args = { units, name: isLast ? "output" : `fc${i + 1}`, ...(i === 0 && { inputShape: [inputs] }) };
    model.add(kernelQuantizer === null ? tf.layers.dense(args) : qDense({ ...args, kernelQuantizer, biasQuantizer }));
    const after = isLast ? outputActivation : activation;
    const name = isLast ? "output_activation" : `relu${i + 1}`;
    if (!after) return;
    model.add(kernelQuantizer === null ? tf.layers.activation({ activation: after as "relu", name }) : qActivation({ activation: after, name }));
  });
  model.add(tf.layers.activation({ activation: "softmax", name: "softmax" }));
  return model;
}

/** The jet tagging net of Coelho et al. 2021, 16-64-32-32-5, with one format everywhere. */
export function coelhoNet(bits: number, integer: number): tf.Sequential {
  const quantizer = `quantized_bits(${bits},${integer},alpha=1)`;
  return denseNet({
    inputs: 16, sizes: [64, 32, 32, 5], kernelQuantizer: quantizer, biasQuantizer: quantizer, activation: `quantized_relu(${bits},${integer})`,
  });
}

/** Sets the i-th number of every weight to ((37 i) mod 101 - 50) / 64, as the oracle did. */
export function fillWeights(model: tf.LayersModel): void {
  const numbers = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => (((37 * i) % 101) - 50) / 64);
  model.setWeights(model.getWeights().map(({ size, shape }) => tf.tensor(numbers(size), shape)));
}
