import fc from "fast-check";
import * as tf from "@tensorflow/tfjs";
import { createRandom } from "../../lib/data/random.js";
import type { Random } from "../../lib/data/random.js";

type ActivationName = "relu" | "tanh" | "sigmoid" | "linear";

/** What random chains of layers are made of. */
export interface Chain {
  inputShape: number[];
  convolutions: {
    filters: number;
    kernelSize: number;
    strides: number;
    padding: "valid" | "same";
    useBias: boolean;
    activation: ActivationName;
    isSeparate: boolean;
    isNormalized: boolean;
    pooling: "none" | "max" | "average";
  }[];
  isGlobal: boolean;
  dense: {
    units: number;
    useBias: boolean;
    activation: ActivationName;
    isSeparate: boolean;
    isNormalized: boolean;
    dropout: boolean;
  }[];
  outputs: number;
  outputBias: boolean;
  seed: number;
}

const activation = fc.constantFrom<ActivationName>("relu", "tanh", "sigmoid", "linear");
const small = fc.integer({ min: 1, max: 4 });
const dense = fc.record({
  units: fc.integer({ min: 1, max: 8 }),
  useBias: fc.boolean(),
  activation,
  isSeparate: fc.boolean(),
  isNormalized: fc.boolean(),
  dropout: fc.boolean(),
});
const convolution = fc.record({
  filters: small,
  kernelSize: fc.integer({ min: 1, max: 3 }),
  strides: fc.integer({ min: 1, max: 2 }),
  padding: fc.constantFrom("valid" as const, "valid" as const, "same" as const),
  useBias: fc.boolean(),
  activation,
  isSeparate: fc.boolean(),
  isNormalized: fc.boolean(),
  pooling: fc.constantFrom("none" as const, "max" as const, "average" as const),
});
const rest = { outputs: small, outputBias: fc.boolean(), seed: fc.nat(1e6) };

/** Dense layers that follow each other. */
export const denseChains: fc.Arbitrary<Chain> = fc.record({
  inputShape: fc.integer({ min: 1, max: 8 }).map((inputs) => [inputs]),
  convolutions: fc.constant([]),
  isGlobal: fc.constant(false),
  dense: fc.array(dense, { minLength: 1, maxLength: 3 }),
  ...rest,
});

/** Small convolutional networks. */
export const convolutionalChains: fc.Arbitrary<Chain> = fc.record({
  // Large enough for two convolutions with stride 2 and pooling.
  inputShape: fc.tuple(fc.integer({ min: 14, max: 16 }), fc.integer({ min: 14, max: 16 }), fc.integer({ min: 1, max: 2 })),
  convolutions: fc.array(convolution, { minLength: 1, maxLength: 2 }),
  isGlobal: fc.boolean(),
  dense: fc.array(dense, { maxLength: 1 }),
  ...rest,
});

/** The layers of a chain; the last one is named "outputs" and linear. */
function layersOf(chain: Chain): tf.layers.Layer[] {
  const activated = (name: ActivationName, isSeparate: boolean): tf.layers.Layer[] =>
    isSeparate ? [tf.layers.activation({ activation: name })] : [];
  const normalized = (isNormalized: boolean): tf.layers.Layer[] => (isNormalized ? [tf.layers.batchNormalization()] : []);
  const convolutional = chain.convolutions.flatMap((spec) => {
    const { pooling, isSeparate, isNormalized, activation: name, ...args } = spec;
    const pool = { poolSize: 2, strides: 1 };
    return [
      tf.layers.conv2d({ ...args, activation: isSeparate ? "linear" : name }),
      ...normalized(isNormalized),
      ...activated(name, isSeparate),
      ...(pooling === "max" ? [tf.layers.maxPooling2d(pool)] : []),
      ...(pooling === "average" ? [tf.layers.averagePooling2d(pool)] : []),
    ];
  });
  const bridge = chain.isGlobal ? tf.layers.globalAveragePooling2d({}) : tf.layers.flatten();
  return [
    ...convolutional,
    ...(convolutional.length > 0 ? [bridge] : []),
    ...chain.dense.flatMap(({ units, useBias, activation: name, isSeparate, isNormalized, dropout }) => [
      tf.layers.dense({ units, useBias, activation: isSeparate ? "linear" : name }),
      ...normalized(isNormalized),
      ...activated(name, isSeparate),
      ...(dropout ? [tf.layers.dropout({ rate: 0.3 })] : []),
    ]),
    tf.layers.dense({ units: chain.outputs, useBias: chain.outputBias, name: "outputs" }),
  ];
}

function drawWeight(random: Random, { originalName, shape }: tf.LayerVariable): number[] {
  const size = (shape as number[]).reduce((a, b) => a * b, 1);
  const inputs = size / (shape.at(-1) as number);
  return Array.from({ length: size }, () => {
    if (originalName.includes("moving_variance")) return random.uniform(0.5, 2);
    if (originalName.includes("gamma")) return random.uniform(0.5, 1.5);
    return shape.length > 1 ? random.normal(0, 1 / Math.sqrt(inputs)) : random.normal(0, 0.5);
  });
}

/** Draws all weights of a model, those of normalizations too. */
export function drawWeights(model: tf.LayersModel, seed: number): void {
  const random = createRandom(seed);
  for (const weight of model.weights) {
    tf.tidy(() => (weight.read() as tf.Variable).assign(tf.tensor(drawWeight(random, weight), weight.shape as number[])));
  }
}

/** The model of a chain with drawn weights. */
export function buildChain(chain: Chain): tf.Sequential {
  const layers = [tf.layers.inputLayer({ inputShape: chain.inputShape }), ...layersOf(chain)];
  const model = tf.sequential({ layers });
  drawWeights(model, chain.seed);
  return model;
}

/** Layers with neurons or filters. */
export const withUnits = (model: tf.LayersModel): tf.layers.Layer[] =>
  model.layers.filter((layer) => ["Dense", "QDense", "Conv2D"].includes(layer.getClassName()));

/** Number of neurons or filters. */
export const unitsOf = (layer: tf.layers.Layer): number => layer.weights[0].shape.at(-1) as number;

/** Some units of each layer but the last, at least one each. */
export function drawUnits(model: tf.LayersModel, seed: number): Record<string, number[]> {
  const random = createRandom(seed);
  const hidden = withUnits(model).slice(0, -1);
  return Object.fromEntries(
    hidden.map((layer) => {
      const count = 1 + random.integer(unitsOf(layer));
      return [layer.name, [...random.permutation(unitsOf(layer)).slice(0, count)].sort((a, b) => a - b)];
    }),
  );
}

/** Outputs of a model for drawn samples, the same ones for the same seed. */
export function outputsOf(model: tf.LayersModel, seed = 0): Float32Array {
  const random = createRandom(seed);
  const shape = model.inputs[0].shape.slice(1) as number[];
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tidy(() => {
    const x = tf.tensor(Float32Array.from({ length: 7 * size }, () => random.normal()), [7, ...shape]);
    return Float32Array.from((model.predict(x) as tf.Tensor).dataSync());
  });
}

/** The largest difference of two models' outputs in terms of the largest magnitude of the first one's. */
export function difference(expected: tf.LayersModel, found: tf.LayersModel): number {
  const [a, b] = [outputsOf(expected), outputsOf(found)];
  const largest = Math.max(...a.map(Math.abs), 1e-30);
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]))) / largest;
}
