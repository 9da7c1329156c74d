import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import type { Matrix } from "../../lib/data/matrix.js";
import { createRandom } from "../../lib/data/random.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";

/** A random quantized network. */
export interface Architecture {
  inputs: number;
  input: string;
  layers: { units: number; kernel: string; bias: string | null; output: string | null }[];
  ending: "linear" | "softmax" | "sigmoid";
  seed: number;
}

const size = fc.oneof({ arbitrary: fc.integer({ min: 1, max: 40 }), weight: 4 }, { arbitrary: fc.integer({ min: 41, max: 150 }), weight: 1 });
const bits = fc.integer({ min: 2, max: 16 });

/** Formats of activations, with and without a sign, grids from coarse to fine. */
const activations = (alphas: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc.tuple(bits, fc.integer({ min: -1, max: 5 }), fc.constantFrom(...alphas), fc.boolean()).map(
      ([b, integer, alpha, symmetric]) => `quantized_bits(${b},${integer},${Number(symmetric)},alpha=${alpha})`,
    ),
    fc.tuple(fc.integer({ min: 1, max: 16 }), fc.integer({ min: -1, max: 5 })).map(([b, integer]) => `quantized_relu(${b},${integer})`),
  );

const kernels = (alphas: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc.tuple(bits, fc.integer({ min: -2, max: 2 }), fc.constantFrom(...alphas)).map(([b, i, alpha]) => `quantized_bits(${b},${i},alpha=${alpha})`),
    fc.constantFrom(...alphas).chain((alpha) => fc.constantFrom(`ternary(alpha=${alpha})`, `binary(alpha=${alpha})`)),
  );

const biases = (alphas: readonly string[]): fc.Arbitrary<string | null> =>
  fc.option(
    fc.tuple(fc.integer({ min: 2, max: 20 }), fc.integer({ min: -1, max: 3 }), fc.constantFrom(...alphas)).map(
      ([b, i, alpha]) => `quantized_bits(${b},${i},alpha=${alpha})`,
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
    kernel: kernels(kernelAlphas),
    bias: biases(kernelAlphas),
    output: activations(activationAlphas) as fc.Arbitrary<string | null>,
  });
  const last = fc.record({
    units: size,
    kernel: kernels(kernelAlphas),
    bias: biases(kernelAlphas),
    output: fc.option(activations(activationAlphas), { freq: 2 }),
  });
  return fc.record({
    inputs: size,
    input: activations(activationAlphas),
    layers: fc.tuple(fc.array(layer, { maxLength: 3 }), last).map(([hidden, end]) => [...hidden, end]),
    ending: fc.constantFrom("linear" as const, "softmax" as const, "sigmoid" as const),
    seed: fc.nat(2 ** 20),
  });
}

/** The model of an architecture with drawn weights. */
export function drawModel({ inputs, input, layers, ending, seed }: Architecture): tf.Sequential {
  const random = createRandom(seed);
  const model = tf.sequential();
  model.add(qActivation({ activation: input, inputShape: [inputs] }));
  let before = inputs;
  for (const { units, kernel, bias, output } of layers) {
    const layer = qDense({ units, kernelQuantizer: kernel, biasQuantizer: bias, useBias: bias !== null, activation: output, kernelInitializer: "zeros" });
    model.add(layer);
    const [rows, spread] = [before, random.uniform(0.1, 2)];
    tf.tidy(() => {
      const draw = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal(0, spread));
      const kernelValues = tf.tensor(draw(rows * units), [rows, units]);
      layer.setWeights(bias === null ? [kernelValues] : [kernelValues, tf.tensor(draw(units))]);
    });
    before = units;
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
