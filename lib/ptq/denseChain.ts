import * as tf from "@tensorflow/tfjs";
import type { Rows } from "../data/rows.js";
import { getActivation } from "../layers/activation.js";
import { QActivation } from "../layers/qActivation.js";
import { QDense } from "../layers/qDense.js";
import { refusePruned } from "../layers/refusePruned.js";
import { chainOf } from "../pruning/structural/chain.js";
import type { Quantizer } from "../quantizers/quantizer.js";
import { checkSamples } from "../training/checkData.js";
import { toRows } from "../training/samples.js";
import type { Samples } from "../training/samples.js";

/** A function that numbers go through behind a layer. */
export interface ChainActivation {
  /** Keras's name, or a quantizer's string. */
  name: string;
  quantizer: Quantizer | null;
  apply: (x: tf.Tensor) => tf.Tensor;
}

/** A dense layer and the activations up to the next. */
export interface DenseBlock {
  name: string;
  /** Dense or QDense, kernel [inputs, units]. */
  layer: tf.layers.Layer;
  inputs: number;
  units: number;
  activations: ChainActivation[];
}

/** What a model of dense layers computes, one after the other; dropout, which only training needs, is left out. */
export interface DenseChain {
  model: tf.LayersModel;
  /** Activations of the input. */
  before: ChainActivation[];
  blocks: DenseBlock[];
}

/** What to call for layers that there need not be. */
const cures: Record<string, string> = {
  BatchNormalization: "call foldBatchNormalization",
  QBatchNormalization: "call foldBatchNormalization",
};

function activationsOf(layer: tf.layers.Layer): ChainActivation[] {
  const config = layer.getConfig();
  const keras = (name: unknown): ChainActivation[] => {
    if (typeof name !== "string" || name === "linear") return [];
    const activation = getActivation(name);
    return [{ name, quantizer: null, apply: (x) => activation.apply(x) }];
  };
  if (layer instanceof QDense || layer instanceof QActivation) {
    const { activation } = layer;
    if (!activation?.quantizer) return keras(activation?.config);
    const { quantizer } = activation;
    return [{ name: String(quantizer), quantizer, apply: (x) => quantizer.apply(x) }];
  }
  switch (layer.getClassName()) {
    case "Dense":
    case "Activation":
      return keras(config.activation);
    case "Softmax":
      return keras("softmax");
    case "ReLU":
      if (typeof config.maxValue === "number") throw new TypeError(`Expected a plain ReLU but ${layer.name} has a maxValue.`);
      return keras("relu");
    case "Dropout":
    case "Flatten":
      return [];
    default: {
      const cure = cures[layer.getClassName()];
      const found = `${layer.name}, a ${layer.getClassName()}${cure ? `: ${cure} first` : ""}`;
      throw new TypeError(`Expected Dense, QDense, activations, Dropout or Flatten but found ${found}.`);
    }
  }
}

/**
 * Reads a model as a chain of dense layers.
 *
 * @throws {TypeError} When it branches, is still being pruned or has another layer; the message names it.
 */
export function denseChain(model: tf.LayersModel): DenseChain {
  refusePruned(model);
  const chain: DenseChain = { model, before: [], blocks: [] };
  for (const layer of chainOf(model)) {
    if (layer instanceof QDense || layer.getClassName() === "Dense") {
      const { shape } = layer.weights[0];
      if ((layer.outputShape as tf.Shape).length !== 2) {
        throw new TypeError(`Expected an input of one axis for ${layer.name} but it puts out the shape [${layer.outputShape}]: flatten the input.`);
      }
      chain.blocks.push({ name: layer.name, layer, inputs: shape[0] as number, units: shape[1] as number, activations: [] });
    }
    (chain.blocks.at(-1)?.activations ?? chain.before).push(...activationsOf(layer));
  }
  if (chain.blocks.length === 0) throw new TypeError(`Expected a model with dense layers but ${model.name} has none.`);
  return chain;
}

/** What makes probabilities of a model's logits, if anything does, and all that stands before it. */
export function splitEnding({ activations }: DenseBlock): { activations: ChainActivation[]; ending: "softmax" | "sigmoid" | null } {
  const last = activations.at(-1)?.name;
  if (last !== "softmax" && last !== "sigmoid") return { activations, ending: null };
  return { activations: activations.slice(0, -1), ending: last };
}

/** Kernel [inputs, units] and bias [units] as a layer computes with them; belongs into a `tf.tidy`. */
export function weightsOfBlock({ layer }: DenseBlock): [tf.Tensor2D, tf.Tensor1D | undefined] {
  const weights = layer instanceof QDense ? layer.quantizedWeights() : layer.weights.map((weight) => weight.read());
  return weights as [tf.Tensor2D, tf.Tensor1D | undefined];
}

/** `x · kernel + bias`, [samples, units]. */
export function sumsOf(block: DenseBlock, x: tf.Tensor2D): tf.Tensor2D {
  const [kernel, bias] = weightsOfBlock(block);
  return tf.fused.matMul({ a: x, b: kernel, bias }) as tf.Tensor2D;
}

/** Lets numbers go through activations one after the other. */
export const activate = (activations: readonly ChainActivation[], x: tf.Tensor2D): tf.Tensor2D =>
  activations.reduce<tf.Tensor>((y, { apply }) => apply(y), x) as tf.Tensor2D;

/**
 * The samples of a calibration set, each flat.
 *
 * @throws {TypeError} When they are not of the shape that the model takes; they may be flat.
 * @throws {RangeError} When there are none, or a number is not finite.
 */
export function calibrationRows({ model }: DenseChain, x: Samples): Rows {
  const rows = checkSamples(model, toRows(x, "x"));
  if (rows.count === 0) throw new RangeError("Expected samples in x but found none.");
  const wrong = rows.values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new RangeError(`Expected finite numbers in x but found ${rows.values[wrong]} in sample ${Math.floor(wrong / rows.size)}.`);
  return rows;
}

/** Samples as a matrix [samples, inputs]. */
export const matrixOf = ({ values, count, size }: Rows): tf.Tensor2D => tf.tensor2d(values, [count, size]);

/** Numbers of the weights of a layer as it is, not quantized: kernel [inputs, units] and bias [units]. */
export function rawWeights({ layer }: DenseBlock): { kernel: Float32Array; bias: Float32Array | null } {
  const [kernel, bias = null] = layer.weights.map((weight) => Float32Array.from(weight.read().dataSync()));
  return { kernel, bias };
}
