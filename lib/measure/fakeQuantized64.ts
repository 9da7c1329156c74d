import type * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../data/matrix.js";
import { checkRows } from "../integer/checkRows.js";
import type { Logits } from "../integer/program.js";
import { describeNetwork } from "../network/describeNetwork.js";
import type { DescribedNetwork } from "../network/describeNetwork.js";
import type { DenseLayer, NetworkLayer, Weight } from "../network/network.js";
import { UnsupportedModel } from "../network/unsupportedModel.js";
import { roundHalfToEven } from "../quantizers/roundHalfToEven.js";

type Forward = (x: Float64Array) => Float64Array;

/** The values that the layer computes with. */
function quantized(weight: Weight, quantizers: DescribedNetwork["quantizers"]): Float32Array {
  return quantizers.get(weight)?.quantize(weight.values, weight.shape) ?? weight.values;
}

/** `y = x · kernel + bias` */
function denseForward({ units, kernel, bias }: DenseLayer, quantizers: DescribedNetwork["quantizers"]): Forward {
  const w = quantized(kernel, quantizers);
  const b = bias ? quantized(bias, quantizers) : new Float32Array(units);
  return (x) => {
    const y = new Float64Array(units);
    for (let i = 0; i < x.length; i++) for (let unit = 0; unit < units; unit++) y[unit] += x[i] * w[i * units + unit];
    return y.map((sum, unit) => sum + b[unit]);
  };
}

function forwardOf(layer: NetworkLayer, quantizers: DescribedNetwork["quantizers"]): Forward {
  if (layer.kind === "dense") return denseForward(layer, quantizers);
  if (layer.kind === "dropout") return (x) => x;
  const activation = layer.kind === "activation" ? layer.activation : layer.kind;
  if (activation === "relu") return (x) => x.map((value) => Math.max(value, 0));
  if (typeof activation === "string" || activation.kind !== "fixedPoint") {
    const name = typeof activation === "string" ? activation : activation.kind;
    throw new UnsupportedModel(`fakeQuantized64 knows quantized_bits, quantized_relu and relu as activations, not ${name}`);
  }
  const { step, low, high, alpha } = activation;
  const factor = Math.fround(alpha) * step;
  return (x) => x.map((value) => Math.min(Math.max(roundHalfToEven(value / step), low), high) * factor);
}

/**
 * Evaluates a quantized model as it was trained, with real numbers that are rounded to their formats, but in double
 * precision: what an integer program is held against. float32, in which TensorFlow.js computes, has 24 bits, and rounds a
 * sum that needs more.
 *
 * @param model As `integerProgram` takes it; weights without a quantizer are allowed.
 * @param x Samples [n, inputs].
 * @returns Outputs [n, outputs], before a softmax or sigmoid at the end.
 * @throws {UnsupportedModel} When an activation is another than quantized_bits, quantized_relu or relu.
 * @example
 * const exact = fakeQuantized64(model, testX).values;
 * interpretProgram(integerProgram(model), testX).values.every((logit, i) => logit === exact[i]); // true
 */
export function fakeQuantized64(model: tf.LayersModel, x: Matrix): Logits {
  const { network, quantizers } = describeNetwork(model, { trainable: false });
  const layers = [...network.layers];
  const last = layers[layers.length - 1];
  if (last.kind === "activation" && (last.activation === "softmax" || last.activation === "sigmoid")) layers.pop();
  const forwards = layers.map((layer) => forwardOf(layer, quantizers));
  const { inputs } = network;
  const samples = checkRows(x, inputs);
  const rows = Array.from({ length: samples }, (_, i) => {
    const sample = Float64Array.from(x.values.subarray(i * inputs, (i + 1) * inputs));
    return forwards.reduce<Float64Array>((values, forward) => forward(values), sample);
  });
  const outputs = rows[0]?.length ?? 0;
  const values = new Float64Array(samples * outputs);
  rows.forEach((row, i) => values.set(row, i * outputs));
  return { values, shape: [samples, outputs] };
}
