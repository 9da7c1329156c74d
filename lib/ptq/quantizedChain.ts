import * as tf from "@tensorflow/tfjs";
import { assignWeights } from "../layers/assignWeights.js";
import { qActivation } from "../layers/qActivation.js";
import { qDense } from "../layers/qDense.js";
import type { QuantizedAffine } from "../quantizers/quantizedAffine.js";
import { rawWeights } from "./denseChain.js";
import type { DenseBlock, DenseChain } from "./denseChain.js";

/** A layer of a chain that is built anew. */
export interface QuantizedBlock {
  block: DenseBlock;
  /** Of the layer's input; none where the layer before quantizes it. */
  inputQuantizer: QuantizedAffine | null;
  kernelQuantizer: QuantizedAffine;
  biasQuantizer: QuantizedAffine | null;
  /** What follows the sum. */
  activations: (QuantizedAffine | string)[];
}

/** A sequential model of quantized layers with the weights of a chain; it is not compiled. */
export function buildQuantizedChain({ model }: DenseChain, blocks: readonly QuantizedBlock[]): tf.Sequential {
  const shape = model.inputs[0].shape;
  const built = tf.sequential();
  let first: { batchInputShape?: tf.Shape } = { batchInputShape: shape };
  const add = (layer: (place: { batchInputShape?: tf.Shape }) => tf.layers.Layer): void => {
    built.add(layer(first));
    first = {};
  };
  if (shape.length > 2) add((place) => tf.layers.flatten({ ...place, name: "flatten" }));
  for (const { block, inputQuantizer, kernelQuantizer, biasQuantizer, activations } of blocks) {
    const { name, units, layer } = block;
    const useBias = layer.weights.length > 1;
    if (inputQuantizer) add((place) => qActivation({ ...place, name: `${name}_input`, activation: inputQuantizer }));
    add((place) => qDense({ ...place, name, units, useBias, kernelQuantizer, biasQuantizer, kernelInitializer: "zeros" }));
    for (const [i, activation] of activations.entries()) {
      const own = `${name}_${typeof activation === "string" ? activation : "output"}${i > 0 && activation === activations[i - 1] ? `_${i}` : ""}`;
      if (typeof activation === "string") add(() => tf.layers.activation({ name: own, activation: activation as "relu" }));
      else add(() => qActivation({ name: own, activation }));
    }
    tf.tidy(() => {
      const { kernel, bias } = rawWeights(block);
      const weights = [tf.tensor(kernel, [block.inputs, units]), ...(bias ? [tf.tensor(bias, [units])] : [])];
      assignWeights(built.getLayer(name), weights);
    });
  }
  return built;
}
