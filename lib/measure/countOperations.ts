import * as tf from "@tensorflow/tfjs";
import { QDense } from "../layers/qDense.js";
import { plainLayer } from "../pruning/pruneLowMagnitudeLayer.js";

/** What one layer, or the whole model, holds and computes. */
export interface LayerOperations {
  layer: string;
  /** Weights, biases and what normalizations keep (Keras: `count_params`). */
  params: number;
  /** Multiply-accumulates a sample with the kernel, all weights counted, also those that are zero. */
  macs: number;
}

const multiplying: readonly string[] = ["Dense", "Conv2D", "DepthwiseConv2D"];
/** Layers with weights whose few operations a feature are not counted, as usual. */
const elementwise: readonly string[] = ["BatchNormalization", "LayerNormalization", "PReLU"];

/** Multiply-accumulates of a layer: each weight of its kernel is used once at each place of the output. */
function macsOf(outer: tf.layers.Layer, layer: tf.layers.Layer): number {
  const className = layer.getClassName();
  if (elementwise.includes(className)) return 0;
  if (!multiplying.includes(className) && !(layer instanceof QDense)) {
    throw new TypeError(`Expected layers whose operations can be counted but found ${layer.name}, a ${className}.`);
  }
  const isFirst = layer.getConfig().dataFormat === "channelsFirst";
  const shape = (outer.outputShape as tf.Shape).slice(1);
  const places = isFirst ? shape.slice(1) : shape.slice(0, -1);
  if (places.includes(null)) throw new TypeError(`Expected an input of fixed size but ${layer.name} gives the shape [${shape}].`);
  return (layer.weights[0].shape as number[]).concat(places as number[]).reduce((a, b) => a * b, 1);
}

function rowsOf(model: tf.LayersModel): LayerOperations[] {
  return model.layers.flatMap((outer) => {
    if (outer instanceof tf.LayersModel) return rowsOf(outer);
    const layer = plainLayer(outer);
    if (layer.weights.length === 0) return [];
    const params = layer.weights.reduce((sum, { shape }) => sum + (shape as number[]).reduce((a, b) => a * b, 1), 0);
    return [{ layer: layer.name, params, macs: macsOf(outer, layer) }];
  });
}

/**
 * Counts the numbers that a model holds and the multiply-accumulates that it takes for a sample.
 *
 * @param model Built, plain or being pruned; Dense, QDense, Conv2D and DepthwiseConv2D are counted.
 * @returns A row a layer that has weights, in order, and a last one named "total".
 * @throws {TypeError} When a layer with weights is of another kind, or the input has no fixed size.
 * @example countOperations(model).at(-1)?.macs; // 219456 for 784-256-64-32-10
 */
export function countOperations(model: tf.LayersModel): LayerOperations[] {
  const rows = rowsOf(model);
  const sum = (key: "params" | "macs"): number => rows.reduce((total, row) => total + row[key], 0);
  return [...rows, { layer: "total", params: sum("params"), macs: sum("macs") }];
}
