import type * as tf from "@tensorflow/tfjs";
import { unitsOf } from "../structural/unitWeights.js";

/** Sums something of each incoming weight, as it is trained, for each unit of a layer; the bias does not count. */
export function sumOfWeights(layer: tf.layers.Layer, term: (weight: number) => number): Float64Array {
  const sums = new Float64Array(unitsOf(layer));
  // Units are the last axis of a kernel.
  layer.weights[0].read().dataSync().forEach((weight: number, i: number) => (sums[i % sums.length] += term(weight)));
  return sums;
}
