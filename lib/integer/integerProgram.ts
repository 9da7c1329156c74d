import type * as tf from "@tensorflow/tfjs";
import { describeNetwork } from "../network/describeNetwork.js";
import type { DescribedNetwork } from "../network/describeNetwork.js";
import { logitLayers } from "../network/logitLayers.js";
import type { ActivationLayer, DenseLayer, NetworkLayer, Weight } from "../network/network.js";
import { UnsupportedModel } from "../network/unsupportedModel.js";
import type { QuantizedCodes } from "../quantizers/quantizer.js";
import { integerFormat } from "./integerFormat.js";
import { integerLayer } from "./integerLayer.js";
import type { IntegerFormat, IntegerProgram } from "./program.js";

const isActivation = (layer: NetworkLayer | undefined): layer is ActivationLayer => layer?.kind === "activation";

/** The integers of a weight, which must stand for what the layer computes with. */
function codesOf(weight: Weight, quantizers: DescribedNetwork["quantizers"]): QuantizedCodes {
  const { name, values, shape } = weight;
  const quantizer = quantizers.get(weight);
  if (!quantizer) throw new UnsupportedModel(`${name} has no quantizer`);
  let encoded: QuantizedCodes;
  try {
    encoded = quantizer.encode(values, shape);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UnsupportedModel(`${name} is no integer times a scale: ${error.message}`, { cause: error });
  }
  const { codes, step } = encoded;
  const units = shape[shape.length - 1];
  if (step.length > 1 && (step.length !== units || encoded.stepShape.at(-1) !== units)) {
    throw new UnsupportedModel(`${name} has a scale for each input, which cannot be drawn out of a sum; leave scale_axis out`);
  }
  // With float32 scales the two differ in the last bit.
  const isSame = quantizer.quantize(values, shape).every((value, i) => {
    const decoded = codes[i] * step[step.length > 1 ? i % units : 0];
    return Math.abs(decoded - value) <= 2 ** -22 * Math.abs(value);
  });
  if (!isSame) throw new UnsupportedModel(`${name} is not quantized all the way by ${quantizer}`);
  return encoded;
}

/**
 * Turns a quantized model into a program of integers: what a microcontroller or an FPGA runs. From the codes of the input
 * on, each layer adds up products of integers, adds a bias and brings the sum into the next format by a shift, or by a
 * multiplication and a shift where a scale is no power of two.
 *
 * With power-of-two scales (alpha 1 or "auto_po2") a program computes exactly what the model does; with others, what a
 * layer makes of the same input is at most one code apart. What an accumulator can need is proven from the weights.
 *
 * Activations and weights in `quantizedAffine` with biases of 32 bits make it full integer quantization, as TFLite has it.
 *
 * @param model Begins with a `qActivation`; then `qDense` with quantizers for kernel and bias, each but the last followed
 *   by `quantized_bits` (alpha a number), `quantized_relu` or `quantizedAffine` (with a range), as its activation or as a
 *   `qActivation`, or by a learned format. The last may end in softmax or sigmoid, which the program leaves out.
 * @throws {UnsupportedModel} When a part cannot be computed in integers; the message names it and the reason.
 * @example
 * const model = tf.sequential();
 * model.add(qActivation({ activation: "quantized_relu(8,0)", inputShape: [784] }));
 * model.add(qDense({ units: 32, kernelQuantizer: weights, biasQuantizer: weights, activation: "quantized_relu(8,3)" }));
 * model.add(qDense({ units: 10, kernelQuantizer: weights, biasQuantizer: weights, activation: "softmax" }));
 * // … after training:
 * const program = integerProgram(model);
 * program.layers[0].accumulator.bits; // 22 for 8-bit weights trained on MNIST
 */
export function integerProgram(model: tf.LayersModel): IntegerProgram {
  const { network, quantizers } = describeNetwork(model, { trainable: false });
  const { layers: chain, ending } = logitLayers(network);
  const first = chain.shift();
  if (!isActivation(first)) {
    throw new UnsupportedModel(
      `${model.name}: its input is not quantized: begin with qActivation({ activation: "quantized_relu(8,0)", … })`,
    );
  }
  let input = integerFormat("the input", first);
  const program: IntegerProgram = { inputs: network.inputs, input, layers: [], activation: ending };
  while (chain.length > 0) {
    const dense = chain.shift() as NetworkLayer;
    if (dense.kind !== "dense") throw misplaced(dense, program.layers.at(-1)?.name);
    const name = dense.kernel.name.replace(/\/kernel$/, "");
    const output = outputFormat(name, chain);
    if (!output && chain.length > 0) throw misplaced(chain[0], name);
    program.layers.push(integerLayer({ name, units: dense.units, ...weightsOf(dense, quantizers), input, output }));
    if (output) input = output;
  }
  return program;
}

/** Takes the activations behind a layer from the chain; null when there are none. */
function outputFormat(name: string, chain: NetworkLayer[]): IntegerFormat | null {
  const where = `the output of ${name}`;
  // Rounding what a ReLU leaves is rounding and clipping at the code of 0.
  const isRelu = isActivation(chain[0]) && chain[0].activation === "relu" && isActivation(chain[1]);
  if (isRelu) chain.shift();
  if (!isActivation(chain[0])) return null;
  const format = integerFormat(where, chain.shift() as ActivationLayer);
  return isRelu ? { ...format, low: Math.max(format.low, format.zeroPoint) } : format;
}

const weightsOf = ({ kernel, bias }: DenseLayer, quantizers: DescribedNetwork["quantizers"]) => ({
  kernel: codesOf(kernel, quantizers),
  bias: bias && codesOf(bias, quantizers),
});

/** What is wrong with a layer that stands behind another. */
function misplaced(layer: NetworkLayer, before: string | undefined): UnsupportedModel {
  switch (layer.kind) {
    case "batchNormalization": {
      const name = layer.gamma.name.replace(/\/gamma$/, "");
      return new UnsupportedModel(`${name}: a batch normalization computes in real numbers: fold it into the layer before`);
    }
    case "activation":
      return new UnsupportedModel(
        `${before ? `the output of ${before}` : "the input"} goes through two activations: one must do`,
      );
    case "dense":
    case "dropout":
      return new UnsupportedModel(`${before}: its output is not quantized: follow it with qActivation`);
  }
}
