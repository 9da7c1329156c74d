import * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../data/shape.js";
import { QuantizedKernelLayer } from "./quantizedKernelLayer.js";

/** What one layer, or the whole model, holds and computes. */
export interface LayerOperations {
  layer: string;
  /** Weights, biases and what normalizations keep (Keras: `count_params`). */
  params: number;
  /** Multiply-accumulates a sample with the kernel, all weights counted, also those that are zero. */
  macs: number;
}

/** Layers whose kernels' weights are each used once at each place of the output; of SeparableConv2D both kernels'. */
const multiplying: readonly string[] = ["Dense", "Conv1D", "Conv2D", "Conv3D", "DepthwiseConv2D", "SeparableConv2D"];
/** Those whose weights are each used once at each place of the input. */
const transposed: readonly string[] = ["Conv2DTranspose", "Conv3DTranspose"];
/** Layers with weights whose few operations a feature are not counted, as usual, or that look numbers up. */
const elementwise: readonly string[] = [
  "BatchNormalization", "QBatchNormalization", "LayerNormalization", "PReLU", "Embedding", "LearnedStepActivation",
  "PactActivation",
];

/** Multiply-accumulates of a layer: how often each weight of its kernels is used; `outer` is it or what it is pruned in. */
export function macsOf(outer: tf.layers.Layer, layer: tf.layers.Layer): number {
  const className = layer.getClassName();
  if (elementwise.includes(className)) return 0;
  const isTransposed = transposed.includes(className);
  if (!isTransposed && !multiplying.includes(className) && !(layer instanceof QuantizedKernelLayer)) {
    throw new TypeError(`Expected layers whose operations can be counted but found ${layer.name}, a ${className}.`);
  }
  const shape = ((isTransposed ? outer.inboundNodes[0].inputShapes[0] : outer.outputShape) as tf.Shape).slice(1);
  const places = layer.getConfig().dataFormat === "channelsFirst" ? shape.slice(1) : shape.slice(0, -1);
  if (places.includes(null)) {
    const found = `${layer.name} ${isTransposed ? "takes" : "gives"} the shape [${shape}]`;
    throw new TypeError(`Expected an input of fixed size but ${found}.`);
  }
  const kernels = layer.weights.slice(0, className === "SeparableConv2D" ? 2 : 1);
  return kernels.reduce((sum, kernel) => sum + sizeOf(kernel.shape as number[]), 0) * sizeOf(places as number[]);
}

function rowsOf(model: tf.LayersModel): LayerOperations[] {
  return model.layers.flatMap((outer) => {
    if (outer instanceof tf.LayersModel) return rowsOf(outer);
    const { layer = outer } = outer as { layer?: tf.layers.Layer }; // of one that is being pruned the layer inside
    if (layer.weights.length === 0) return [];
    const params = layer.weights.reduce((sum, { shape }) => sum + sizeOf(shape as number[]), 0);
    return [{ layer: layer.name, params, macs: macsOf(outer, layer) }];
  });
}

/**
 * Counts the numbers that a model holds and the multiply-accumulates that it takes for a sample.
 *
 * @param model Built, plain or being pruned: of dense layers and convolutions of all kinds, quantized or not, embeddings
 *   and normalizations; not of recurrent layers.
 * @returns A row a layer that has weights, in order, and a last one named "total".
 * @throws {TypeError} When a layer with weights is of another kind, or the input has no fixed size.
 * @example countOperations(model).at(-1)?.macs; // 219456 for 784-256-64-32-10
 */
export function countOperations(model: tf.LayersModel): LayerOperations[] {
  const rows = rowsOf(model);
  const sum = (key: "params" | "macs"): number => rows.reduce((total, row) => total + row[key], 0);
  return [...rows, { layer: "total", params: sum("params"), macs: sum("macs") }];
}
