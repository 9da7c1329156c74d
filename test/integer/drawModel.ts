import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import type { Matrix } from "../../lib/data/matrix.js";
import { createRandom } from "../../lib/data/random.js";
import { integerFormat, stepOf } from "../../lib/integer/integerFormat.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { getQuantizer } from "../../lib/quantizers/getQuantizer.js";
import { quantizedAffine } from "../../lib/quantizers/quantizedAffine.js";
import type { Quantizer } from "../../lib/quantizers/quantizer.js";

/** The bias of TFLite: 32 bits, each unit's step that of the input times that of its weights, so that it need not be shifted. */
export const TFLITE_BIAS = "of 32 bits";

/** A random quantized network. */
export interface Architecture {
  inputs: number;
  input: string;
  layers: { units: number; kernel: string; bias: string | null; output: string | null; isRelu: boolean }[];
  ending: "linear" | "softmax" | "sigmoid";
  seed: number;
}

const size = fc.oneof({ arbitrary: fc.integer({ min: 1, max: 40 }), weight: 4 }, { arbitrary: fc.integer({ min: 41, max: 150 }), weight: 1 });
const bits = fc.integer({ min: 2, max: 16 });

/** Affine formats with any zero point; a scale is a power of two, or anything. */
const affine = (isAny: boolean, mostBits = 16): fc.Arbitrary<string> =>
  fc
    .record({
      b: fc.integer({ min: 2, max: mostBits }),
      signed: fc.boolean(),
      exponent: fc.integer({ min: -6, max: 2 }),
      factor: isAny ? fc.integer({ min: 500, max: 999 }).map((n) => n / 997) : fc.constant(1),
      zero: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ b, signed, exponent, factor, zero }) => {
      const zeroPoint = Math.round(zero * (2 ** b - 1)) - (signed ? 2 ** (b - 1) : 0);
      return `quantized_affine(${b},signed=${signed ? "True" : "False"},scale=${factor * 2 ** exponent},zero_point=${zeroPoint})`;
    });

/** Formats of activations, with and without a sign, grids from coarse to fine. */
const activations = (alphas: readonly string[], isAny: boolean): fc.Arbitrary<string> =>
  fc.oneof(
    { arbitrary: affine(isAny), weight: 2 },
    fc.tuple(bits, fc.integer({ min: -1, max: 5 }), fc.constantFrom(...alphas), fc.boolean()).map(
      ([b, integer, alpha, symmetric]) => `quantized_bits(${b},${integer},${Number(symmetric)},alpha=${alpha})`,
    ),
    fc.tuple(fc.integer({ min: 1, max: 16 }), fc.integer({ min: -1, max: 5 })).map(([b, integer]) => `quantized_relu(${b},${integer})`),
  );

const kernels = (alphas: readonly string[], isAny: boolean): fc.Arbitrary<string> =>
  fc.oneof(
    // With a zero point of their own, weights take one bit more.
    affine(isAny, 10),
    isAny
      ? fc.constantFrom("quantized_affine(8,symmetric=True,axis=1)", "quantized_affine(8,symmetric=True)")
      : fc.constant("quantized_affine(8,symmetric=True,scale=0.03125,zero_point=0)"),
    fc.constantFrom("quantized_po2(3)", "quantized_po2(4,max_value=1)"),
    fc.tuple(bits, fc.integer({ min: -2, max: 2 }), fc.constantFrom(...alphas)).map(([b, i, alpha]) => `quantized_bits(${b},${i},alpha=${alpha})`),
    fc.constantFrom(...alphas).chain((alpha) => fc.constantFrom(`ternary(alpha=${alpha})`, `binary(alpha=${alpha})`)),
  );

const biases = (alphas: readonly string[]): fc.Arbitrary<string | null> =>
  fc.option(
    fc.oneof(
      fc.constant(TFLITE_BIAS),
      fc.tuple(fc.integer({ min: 2, max: 20 }), fc.integer({ min: -1, max: 3 }), fc.constantFrom(...alphas)).map(
        ([b, i, alpha]) => `quantized_bits(${b},${i},alpha=${alpha})`,
      ),
    ),
    { freq: 5 },
  );

/** Networks of one to four layers; scales are powers of two, or anything. */
export function architectures(scales: "powers of two" | "any"): fc.Arbitrary<Architecture> {
  const isAny = scales === "any";
  const kernelAlphas = isAny ? ["1", "'auto'", "'auto_po2'", "0.3"] : ["1", "'auto_po2'", "0.25"];
  const activationAlphas = isAny ? ["1", "1.7"] : ["1", "2"];
  const layer = fc.record({
    units: size,
    kernel: kernels(kernelAlphas, isAny),
    bias: biases(kernelAlphas),
    output: activations(activationAlphas, isAny) as fc.Arbitrary<string | null>,
    isRelu: fc.boolean(),
  });
  const last = fc.record({
    units: size,
    kernel: kernels(kernelAlphas, isAny),
    bias: biases(kernelAlphas),
    output: fc.option(activations(activationAlphas, isAny), { freq: 2 }),
    isRelu: fc.constant(false),
  });
  return fc.record({
    inputs: size,
    input: activations(activationAlphas, isAny),
    layers: fc.tuple(fc.array(layer, { maxLength: 3 }), last).map(([hidden, end]) => [...hidden, end]),
    ending: fc.constantFrom("linear" as const, "softmax" as const, "sigmoid" as const),
    seed: fc.nat(2 ** 20),
  });
}

/** What a code of 1 of an activation stands for. */
function activationStep(activation: string): number {
  return stepOf(integerFormat("an activation", { kind: "activation", activation: getQuantizer(activation).format }));
}

function biasQuantizer(bias: string, kernel: Quantizer, weights: tf.Tensor2D, before: string): string | Quantizer {
  if (bias !== TFLITE_BIAS) return bias;
  const { step } = kernel.encode(weights.dataSync<"float32">(), weights.shape);
  const scale = Array.from({ length: weights.shape[1] }, (_, unit) => {
    const product = (step[step.length > 1 ? unit : 0] || 1) * activationStep(before);
    // Finer ones would not hold the bias in 32 bits.
    return product * 2 ** Math.max(0, Math.ceil(-26 - Math.log2(product)));
  });
  return quantizedAffine({ bits: 32, axis: 0, scale, zeroPoint: 0 });
}

/** The model of an architecture with drawn weights. */
export function drawModel({ inputs, input, layers, ending, seed }: Architecture): tf.Sequential {
  const random = createRandom(seed);
  const model = tf.sequential();
  model.add(qActivation({ activation: input, inputShape: [inputs] }));
  let [before, format] = [inputs, input];
  for (const { units, kernel, bias, output, isRelu } of layers) {
    const spread = random.uniform(0.1, 2);
    const draw = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal(0, spread));
    tf.tidy(() => {
      const weights = tf.tensor2d(draw(before * units), [before, units]);
      const kernelQuantizer = getQuantizer(kernel).asKernelQuantizer();
      const layer = qDense({
        units,
        kernelQuantizer,
        biasQuantizer: bias && biasQuantizer(bias, kernelQuantizer, weights, format),
        useBias: bias !== null,
        activation: isRelu ? "relu" : output,
        kernelInitializer: "zeros",
      });
      model.add(layer);
      layer.setWeights(bias === null ? [weights] : [weights, tf.tensor1d(draw(units))]);
    });
    if (isRelu && output) model.add(qActivation({ activation: output }));
    [before, format] = [units, output ?? format];
  }
  if (ending !== "linear") model.add(tf.layers.activation({ activation: ending }));
  return model;
}

/** Samples of which every third number lies halfway between two of any grid down to 1/16, and some beyond all of them. */
export function drawSamples(samples: number, inputs: number, seed: number): Matrix {
  const random = createRandom(seed);
  const values = Float32Array.from({ length: samples * inputs }, (_, i) => {
    if (i % 3 === 0) return (random.integer(257) - 128) / 32;
    return i % 50 === 1 ? random.normal(0, 1e6) : random.normal(0, 2);
  });
  return { values, shape: [samples, inputs] };
}
