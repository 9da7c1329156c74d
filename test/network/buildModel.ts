import * as tf from "@tensorflow/tfjs";
import type { Random } from "../../lib/data/random.js";
import { distillationLoss } from "../../lib/distillation/distillationLoss.js";
import { qActivation } from "../../lib/layers/qActivation.js";
import { qDense } from "../../lib/layers/qDense.js";
import { weightQuantizer } from "../../lib/layers/quantizedKernelLayer.js";
import { constantSparsity } from "../../lib/pruning/constantSparsity.js";
import { pruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitude.js";
import { plainLayer, PruneLowMagnitude } from "../../lib/pruning/pruneLowMagnitudeLayer.js";
import type { Architecture, Head, LayerSpec } from "./architecture.js";
import { nearBoundary } from "./boundaries.js";

type DenseArgs = Parameters<typeof tf.layers.dense>[0];

const constraints: Record<string, () => DenseArgs["kernelConstraint"]> = {
  nonNeg: () => tf.constraints.nonNeg(),
  maxNorm: () => tf.constraints.maxNorm({ maxValue: 0.8, axis: 0 }),
  unitNorm: () => tf.constraints.unitNorm({ axis: 0 }),
  minMaxNorm: () => tf.constraints.minMaxNorm({ minValue: 0.3, maxValue: 0.9, rate: 0.5, axis: 0 }),
};

function buildLayer(spec: LayerSpec): tf.layers.Layer {
  const zeros = "zeros" as const;
  switch (spec.kind) {
    case "dense": {
      const { units, useBias, activation, regularizer, constraint, frozen } = spec;
      return tf.layers.dense({
        units,
        useBias,
        activation: activation as DenseArgs["activation"],
        trainable: !frozen,
        kernelInitializer: zeros,
        ...(regularizer && {
          kernelRegularizer: tf.regularizers.l1l2(regularizer),
          biasRegularizer: tf.regularizers.l1l2(regularizer),
        }),
        ...(constraint && { kernelConstraint: constraints[constraint](), biasConstraint: constraints[constraint]() }),
      });
    }
    case "qDense": {
      const { units, useBias, activation, kernelQuantizer, biasQuantizer, frozen } = spec;
      const quantizers = { kernelQuantizer: kernelQuantizer || null, biasQuantizer: biasQuantizer || null };
      return qDense({ units, useBias, activation, ...quantizers, trainable: !frozen, kernelInitializer: zeros });
    }
    case "activation":
      return tf.layers.activation({ activation: spec.activation as "relu" });
    case "qActivation":
      return qActivation({ activation: spec.activation });
    case "reLU":
      return tf.layers.reLU();
    case "dropout":
      return tf.layers.dropout({ rate: spec.rate });
    case "batchNormalization": {
      const { momentum, epsilon, regularized, frozen } = spec;
      const regularizer = regularized ? { gammaRegularizer: tf.regularizers.l2({ l2: 0.02 }) } : {};
      return tf.layers.batchNormalization({ momentum, epsilon, trainable: !frozen, ...regularizer });
    }
  }
}

const buildHead = ({ units, activation }: Head, quantizer: string): tf.layers.Layer =>
  quantizer
    ? qDense({
        units,
        activation,
        kernelQuantizer: quantizer,
        biasQuantizer: "quantized_bits(8,2,alpha=1)",
        kernelInitializer: "zeros",
      })
    : tf.layers.dense({ units, activation: activation as "softmax", kernelInitializer: "zeros" });

function connect(form: Architecture["form"], inputShape: number[], layers: tf.layers.Layer[]): tf.LayersModel {
  if (form === "functional") {
    const input = tf.input({ shape: inputShape });
    const output = layers.reduce((x: tf.SymbolicTensor, layer) => layer.apply(x) as tf.SymbolicTensor, input);
    return tf.model({ inputs: input, outputs: output });
  }
  const chain = (shape: number[] | null, inner: tf.layers.Layer[]): tf.Sequential => {
    const model = tf.sequential();
    if (shape) model.add(tf.layers.inputLayer({ inputShape: shape }));
    for (const layer of inner) model.add(layer);
    return model;
  };
  const cut = Math.ceil(layers.length / 2);
  const isNested = form === "nested" && inputShape.length === 1;
  return isNested ? chain(null, [chain(inputShape, layers.slice(0, cut)), ...layers.slice(cut)]) : chain(inputShape, layers);
}

/** Weights that keep clear of the boundaries of their format. */
function drawWeight(random: Random, layer: tf.layers.Layer, index: number): Float32Array {
  const { shape, originalName } = layer.weights[index];
  const size = (shape as number[]).reduce((a, b) => a * b, 1);
  const draw = (): number => {
    if (originalName.includes("moving_variance")) return random.uniform(0.5, 2);
    if (originalName.includes("gamma")) return random.uniform(0.5, 1.5);
    return shape.length === 2 ? random.normal(0, 1 / Math.sqrt(shape[0] as number)) : random.normal(0, 0.3);
  };
  const values = Float32Array.from({ length: size }, draw);
  const quantizer = weightQuantizer(layer, index);
  for (let round = 0; quantizer && round < 50; round++) {
    const near = nearBoundary(quantizer, values, shape as number[]);
    if (!near.includes(true)) break;
    near.forEach((is, i) => is && (values[i] = draw()));
  }
  return values;
}

/** Layers with weights of their own, those inside of others too. */
export const leaves = (model: tf.LayersModel): tf.layers.Layer[] =>
  model.layers.map(plainLayer).flatMap((layer) => (layer instanceof tf.LayersModel ? leaves(layer) : [layer]));

/** Gives a variable new values. */
export function assign(variable: tf.LayerVariable, values: Float32Array): void {
  const tensor = tf.tensor(values, variable.shape as number[]);
  (variable.read() as tf.Variable).assign(tensor);
  tensor.dispose();
}

const losses: Record<string, unknown> = {
  softmaxCrossEntropy: tf.losses.softmaxCrossEntropy,
  distillation: distillationLoss({ temperature: 3, alpha: 0.3 }),
};

/** The model of a random network, with drawn weights and masks, compiled with SGD. */
export function buildModel(architecture: Architecture, random: Random): tf.LayersModel {
  const { form, inputShape, inputQuantizer, layers, head, headQuantizer, pruning, pattern } = architecture;
  const chain = [
    ...(inputShape.length > 1 ? [tf.layers.flatten()] : []),
    ...(inputQuantizer ? [qActivation({ activation: inputQuantizer })] : []),
    ...layers.map(buildLayer),
    buildHead(head, headQuantizer),
  ];
  let model = connect(form, inputShape, chain);
  if (pruning !== "none") {
    const pruningSchedule = constantSparsity({ targetSparsity: 0.4, beginStep: 3, frequency: 3 });
    model = pruneLowMagnitude(model, { pruningSchedule, behaviour: pruning, ...pattern });
  }
  for (const layer of leaves(model)) {
    layer.weights.forEach((weight, i) => assign(weight, drawWeight(random, layer, i)));
  }
  for (const layer of model.layers) {
    if (!(layer instanceof PruneLowMagnitude)) continue;
    const mask = layer.maskVariable();
    assign(
      mask,
      Float32Array.from(layer.maskValues(), () => Number(random.uniform() < 0.7)),
    );
    layer.maskWeights();
  }
  model.compile({ optimizer: tf.train.sgd(0.05), loss: (losses[head.loss] ?? head.loss) as string, metrics: ["accuracy"] });
  return model;
}
