import type * as tf from "@tensorflow/tfjs";
import type { Matrix } from "../data/matrix.js";
import { checkRows } from "../integer/checkRows.js";
import type { IntegerLogits } from "../integer/program.js";
import { outputsOf } from "../network/checkSizes.js";
import { describeNetwork } from "../network/describeNetwork.js";
import type { DescribedNetwork } from "../network/describeNetwork.js";
import { logitLayers } from "../network/logitLayers.js";
import type { DenseLayer, NetworkLayer, Weight } from "../network/network.js";
import { UnsupportedModel } from "../network/unsupportedModel.js";
import { roundHalfAwayFromZero } from "../quantizers/roundHalfAwayFromZero.js";
import { roundHalfToEven } from "../quantizers/roundHalfToEven.js";

/** Rows that go through at a time: few enough for the processor's cache, each weight being read once for all. */
const ROWS = 16;

/** From some rows of numbers to as many. */
type Forward = (x: Float64Array, rows: number) => Float64Array;

/** The values that the layer computes with. */
function quantized(weight: Weight, quantizers: DescribedNetwork["quantizers"]): Float64Array {
  return Float64Array.from(quantizers.get(weight)?.quantize(weight.values, weight.shape) ?? weight.values);
}

/** `y = x · kernel + bias`: products are added up in the order of the inputs, the bias comes last. */
function denseForward({ units, kernel, bias }: DenseLayer, quantizers: DescribedNetwork["quantizers"]): Forward {
  const b = bias ? quantized(bias, quantizers) : new Float64Array(units);
  const inputs = kernel.shape[0];
  // Four inputs at a time; those that the last four lack have weights of 0.
  const w = new Float64Array((inputs + 3) * units);
  w.set(quantized(kernel, quantizers));
  return (x, rows) => {
    const y = new Float64Array(rows * units);
    for (let i = 0; i < inputs; i += 4) {
      for (let row = 0; row < rows; row++) {
        const at = row * inputs + i;
        const four = [x[at], i + 1 < inputs ? x[at + 1] : 0, i + 2 < inputs ? x[at + 2] : 0, i + 3 < inputs ? x[at + 3] : 0] as const;
        // Most pixels of a digit, and half of what a ReLU leaves.
        if (four.some((value) => value !== 0)) addProducts(y, row * units, units, four, w, i * units);
      }
    }
    for (let i = 0; i < y.length; i++) y[i] += b[i % units];
    return y;
  };
}

/** `y[to + unit] += Σ x[i] · w[from + i · units + unit]` over four numbers of x. */
function addProducts(
  y: Float64Array, to: number, units: number, [a, b, c, d]: readonly [number, number, number, number], w: Float64Array, from: number,
): void {
  const [second, third, fourth] = [from + units, from + 2 * units, from + 3 * units];
  for (let unit = 0; unit < units; unit++) {
    y[to + unit] = y[to + unit] + a * w[from + unit] + b * w[second + unit] + c * w[third + unit] + d * w[fourth + unit];
  }
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
 * @throws {RangeError} When a number is NaN.
 * @example
 * const exact = fakeQuantized64(model, testX).values;
 * interpretProgram(integerProgram(model), testX).values.every((logit, i) => logit === exact[i]); // true
 */
export function fakeQuantized64(model: tf.LayersModel, x: Matrix): IntegerLogits {
  const { network, quantizers } = describeNetwork(model, { trainable: false });
  const { layers } = logitLayers(network);
  const forwards = layers.map((layer, i) => forwardOf(layer, quantizers, i === 0));
  const { inputs } = network;
  const samples = checkRows(x, inputs);
  const outputs = outputsOf({ inputs, layers });
  const values = new Float64Array(samples * outputs);
  for (let first = 0; first < samples; first += ROWS) {
    const rows = Math.min(ROWS, samples - first);
    let block: Float64Array = new Float64Array(x.values.subarray(first * inputs, (first + rows) * inputs));
    for (const forward of forwards) block = forward(block, rows);
    values.set(block, first * outputs);
  }
  return { values, shape: [samples, outputs] };
}
