import type * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../data/matrix.js";
import { checkRows } from "../integer/checkRows.js";
import type { Logits } from "../integer/program.js";
import { outputsOf } from "../network/checkSizes.js";
import { describeNetwork } from "../network/describeNetwork.js";
import type { DescribedNetwork } from "../network/describeNetwork.js";
import { logitLayers } from "../network/logitLayers.js";
import type { DenseLayer, NetworkLayer, Weight } from "../network/network.js";
import { UnsupportedModel } from "../network/unsupportedModel.js";
import { roundHalfAwayFromZero } from "../quantizers/roundHalfAwayFromZero.js";
import { roundHalfToEven } from "../quantizers/roundHalfToEven.js";

type Forward = (x: Float64Array) => Float64Array;

/** The values that the layer computes with. */
function quantized(weight: Weight, quantizers: DescribedNetwork["quantizers"]): Float64Array {
  return Float64Array.from(quantizers.get(weight)?.quantize(weight.values, weight.shape) ?? weight.values);
}

/** `y = x · kernel + bias` */
function denseForward({ units, kernel, bias }: DenseLayer, quantizers: DescribedNetwork["quantizers"]): Forward {
  const w = quantized(kernel, quantizers);
  const b = bias ? quantized(bias, quantizers) : new Float64Array(units);
  return (x) => {
    const y = new Float64Array(units);
    for (let i = 0, row = 0; i < x.length; i++, row += units) {
      const value = x[i];
      // Most pixels of a digit, and half of what a ReLU leaves.
      if (value === 0) continue;
      for (let unit = 0; unit < units; unit++) y[unit] += value * w[row + unit];
    }
    for (let unit = 0; unit < units; unit++) y[unit] += b[unit];
    return y;
  };
}

/** @param isInput Whether it is samples, in float32, that go through the layer. */
function forwardOf(layer: NetworkLayer, quantizers: DescribedNetwork["quantizers"], isInput: boolean): Forward {
  if (layer.kind === "dense") return denseForward(layer, quantizers);
  const activation = layer.kind === "activation" ? layer.activation : layer.kind;
  if (activation === "relu") return (x) => x.map((value) => Math.max(value, 0));
  if (typeof activation === "string" || (activation.kind !== "fixedPoint" && activation.kind !== "affine")) {
    const name = typeof activation === "string" ? activation : activation.kind;
    throw new UnsupportedModel(
      `fakeQuantized64 knows quantized_bits, quantized_relu, quantized_affine with a range, and relu as activations, not ${name}`,
    );
  }
  const { low, high } = activation;
  if (activation.kind === "affine") {
    const { scale, zeroPoint } = activation;
    const [least, most] = [low - zeroPoint, high - zeroPoint];
    const quotient = isInput ? (value: number): number => Math.fround(value / scale) : (value: number): number => value / scale;
    return (x) => x.map((value) => Math.min(Math.max(roundHalfAwayFromZero(quotient(value)), least), most) * scale);
  }
  const { step, alpha } = activation;
  const factor = Math.fround(alpha) * step;
  return (x) => x.map((value) => Math.min(Math.max(roundHalfToEven(value / step), low), high) * factor);
}

/**
 * Evaluates a quantized model as it was trained, with real numbers that are rounded to their formats, but in double
 * precision: what an integer program is held against. float32, in which TensorFlow.js computes, has 24 bits, and rounds a
 * sum that needs more. Samples are float32, and quantized as the model's first layer does it.
 *
 * @param model As `integerProgram` takes it; weights without a quantizer are allowed.
 * @param x Samples [n, inputs].
 * @returns Outputs [n, outputs], before a softmax or sigmoid at the end.
 * @throws {UnsupportedModel} When an activation is another than quantized_bits, quantized_relu, quantized_affine with a
 *   range, or relu.
 * @throws {TypeError} When samples have another size than the model's input.
 * @example
 * const exact = fakeQuantized64(model, testX).values;
 * interpretProgram(integerProgram(model), testX).values.every((logit, i) => logit === exact[i]); // true
 */
export function fakeQuantized64(model: tf.LayersModel, x: Matrix): Logits {
  const { network, quantizers } = describeNetwork(model, { trainable: false });
  const { layers } = logitLayers(network);
  const forwards = layers.map((layer, i) => forwardOf(layer, quantizers, i === 0));
  const { inputs } = network;
  const samples = checkRows(x, inputs);
  const outputs = outputsOf({ inputs, layers });
  const values = new Float64Array(samples * outputs);
  for (let sample = 0; sample < samples; sample++) {
    let row: Float64Array = Float64Array.from(x.values.subarray(sample * inputs, (sample + 1) * inputs));
    for (const forward of forwards) row = forward(row);
    values.set(row, sample * outputs);
  }
  return { values, shape: [samples, outputs] };
}
