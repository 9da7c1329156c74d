import * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../data/shape.js";
import type { Activation } from "../layers/activation.js";
import { LearnedStepActivation, PactActivation } from "../layers/learnedActivation.js";
import { QActivation } from "../layers/qActivation.js";
import { QDense } from "../layers/qDense.js";
import { weightQuantizer } from "../layers/quantizedKernelLayer.js";
import { PruneLowMagnitude } from "../pruning/pruneLowMagnitudeLayer.js";
import type { NumberFormat } from "../quantizers/numberFormat.js";
import { Quantizer } from "../quantizers/quantizer.js";
import type { ActivationLayer, ActivationName, Branch, Network, NetworkLayer, Weight, WeightConstraint } from "./network.js";
import { UnsupportedModel } from "./unsupportedModel.js";

/** A network and what its weights came from. */
export interface DescribedNetwork {
  network: Network;
  /** The quantizer of each weight that has one. */
  quantizers: Map<Weight, Quantizer>;
  /** For each variable the weight, or the mask of the weight, that was read from it. */
  variables: { variable: tf.LayerVariable; weight: Weight; part: "values" | "mask" }[];
}

type Config = Record<string, unknown>;
type Serialized = { className: string; config: Record<string, number | null> } | null;

const activationNames: readonly string[] = ["relu", "sigmoid", "softmax", "tanh"] satisfies ActivationName[];

/** The kernels know automatic scales for kernels only: one a column. */
function formatOf(quantizer: Quantizer, rank: number): NumberFormat {
  const { format } = quantizer;
  return format.kind === "autoScale" && rank !== 2 ? { kind: "custom", quantizer } : format;
}

/** The kernels train without random numbers of quantizers. */
function refuseStochastic(layers: NetworkLayer[]): void {
  for (const layer of layers) {
    const formats = layer.kind === "dense" ? [layer.kernel.format, layer.bias?.format] : layer.kind === "activation" ? [layer.activation] : [];
    for (const format of formats) {
      if (typeof format !== "object" || format?.kind !== "custom" || !(format.quantizer instanceof Quantizer)) continue;
      if (format.quantizer.isStochastic) throw new UnsupportedModel(`${String(format.quantizer)} draws random numbers`);
    }
  }
}

/** The layer of an activation, none for a linear one. */
function describeActivation(layer: string, activation: string | Activation | null): ActivationLayer[] {
  if (activation === null || activation === "linear") return [];
  if (typeof activation === "string") {
    if (!activationNames.includes(activation)) throw new UnsupportedModel(`${layer} has the activation "${activation}"`);
    return [{ kind: "activation", activation: activation as ActivationName }];
  }
  if (activation.quantizer) return [{ kind: "activation", activation: formatOf(activation.quantizer, 1) }];
  return describeActivation(layer, activation.config as string);
}

function describeConstraint(name: string, constraint: Serialized | undefined): WeightConstraint | null {
  if (!constraint) return null;
  const { className, config } = constraint;
  if (className === "NonNeg") return { kind: "nonNeg" };
  const norms: Record<string, [number, number, number]> = {
    MaxNorm: [0, config.maxValue ?? 0, 1],
    UnitNorm: [1, 1, 1],
    MinMaxNorm: [config.minValue ?? 0, config.maxValue ?? 0, config.rate ?? 1],
  };
  if (!(className in norms) || config.axis !== 0) throw new UnsupportedModel(`${name} has the constraint ${className}`);
  const [low, high, rate] = norms[className];
  return { kind: "norm", low, high, rate };
}

function describeRegularizer(name: string, regularizer: Serialized | undefined): Weight["regularizer"] {
  if (!regularizer) return null;
  const { l1, l2 } = regularizer.config;
  if (regularizer.className !== "L1L2") throw new UnsupportedModel(`${name} has the regularizer ${regularizer.className}`);
  return { l1: l1 ?? 0, l2: l2 ?? 0 };
}

/** The layers on the way to a tensor, from the one behind the input or behind a layer that is known, and that layer. */
function wayTo(tensor: tf.SymbolicTensor, known: ReadonlyMap<tf.layers.Layer, number>): [tf.layers.Layer[], tf.layers.Layer | null] {
  const way: tf.layers.Layer[] = [];
  for (let at = tensor; ; ) {
    const { sourceLayer, nodeIndex } = at;
    if (sourceLayer.getClassName() === "InputLayer") return [way, null];
    if (known.has(sourceLayer)) return [way, sourceLayer];
    const { inputTensors } = sourceLayer.inboundNodes[nodeIndex];
    if (inputTensors.length !== 1) throw new UnsupportedModel(`${sourceLayer.name} has ${inputTensors.length} inputs`);
    way.unshift(sourceLayer);
    at = inputTensors[0];
  }
}

/** Walks along a model's layers and notes what it finds. */
class Description {
  layers: NetworkLayer[] = [];
  readonly branches: Branch[] = [];
  /** For each layer of the model the index of the last of its layers. */
  private readonly ends = new Map<tf.layers.Layer, number>();
  readonly quantizers: DescribedNetwork["quantizers"] = new Map();
  readonly variables: DescribedNetwork["variables"] = [];
  private readonly seen = new Set<tf.layers.Layer>();

  /** @param isTraining Whether the description is to be trained, and not only run. */
  constructor(
    private readonly trainable: ReadonlySet<unknown>,
    private readonly isTraining: boolean,
  ) {}

  addModel(model: tf.LayersModel): void {
    const layers = model.layers.filter((layer) => layer.getClassName() !== "InputLayer");
    for (const [i, layer] of layers.entries()) {
      // Several inbound nodes: the layer is used twice. Other than the layer before: the model branches.
      const inbound = layer.inboundNodes.map((node) => node.inboundLayers.filter((l) => l.getClassName() !== "InputLayer"));
      const follows = i === 0 || model instanceof tf.Sequential || (inbound[0]?.length === 1 && inbound[0][0] === layers[i - 1]);
      if (!follows || (inbound.length > 1 && !(model instanceof tf.Sequential))) {
        throw new UnsupportedModel(`${layer.name} is not one of a chain of layers`);
      }
      this.addLayer(layer);
    }
  }

  /** A model whose outputs were put together by a Concatenate at its end: the first is the network's, the others branches'. */
  addBranched(model: tf.LayersModel): void {
    const [main, ...others] = modelOutputs(model);
    for (const layer of wayTo(main, this.ends)[0]) {
      this.addLayer(layer);
      this.ends.set(layer, this.layers.length - 1);
    }
    const trunk = this.layers;
    for (const output of others) {
      const [way, from] = wayTo(output, this.ends);
      const after = from ? (this.ends.get(from) ?? -1) : -1;
      if (after < 0) throw new UnsupportedModel(`a branch of ${model.name} begins at its input`);
      this.layers = [];
      for (const layer of way) this.addLayer(layer);
      this.branches.push({ after, layers: this.layers });
    }
    this.layers = trunk;
  }

  private addLayer(outer: tf.layers.Layer): void {
    const pruned = outer instanceof PruneLowMagnitude ? outer : null;
    const layer = pruned?.layer ?? outer;
    const config = layer.getConfig() as Config;
    if (this.seen.has(layer)) throw new UnsupportedModel(`${layer.name} is used twice`);
    this.seen.add(layer);
    if (layer instanceof tf.Sequential && !pruned) return this.addModel(layer);
    if (layer instanceof QDense || layer.getClassName() === "Dense") return this.addDense(layer, config, pruned);
    if (pruned) throw new UnsupportedModel(`${layer.name} is a pruned ${layer.getClassName()}`);
    if (layer instanceof QActivation) {
      this.layers.push(...describeActivation(layer.name, layer.activation));
      return;
    }
    if (layer instanceof LearnedStepActivation || layer instanceof PactActivation) return this.addLearned(layer);
    switch (layer.getClassName()) {
      case "Activation":
        this.layers.push(...describeActivation(layer.name, config.activation as string));
        return;
      case "ReLU":
        if (config.maxValue !== null && config.maxValue !== undefined) throw new UnsupportedModel(`${layer.name} has a maxValue`);
        this.layers.push({ kind: "activation", activation: "relu" });
        return;
      case "Softmax":
        if (config.axis === 0) throw new UnsupportedModel(`${layer.name} has the axis 0`);
        this.layers.push({ kind: "activation", activation: "softmax" });
        return;
      case "Dropout":
        if (config.noiseShape) throw new UnsupportedModel(`${layer.name} has a noiseShape`);
        this.layers.push({ kind: "dropout", rate: config.rate as number });
        return;
      case "Flatten":
        if (config.dataFormat === "channelsFirst") throw new UnsupportedModel(`${layer.name} has the data format channelsFirst`);
        if (this.layers.length > 0) throw new UnsupportedModel(`${layer.name} is not the first layer`);
        return;
      case "BatchNormalization":
        return this.addBatchNormalization(layer, config);
      default:
        throw new UnsupportedModel(`${layer.name} is a ${layer.getClassName()}`);
    }
  }

  /** A format that is learned is, once it is, one like others. */
  private addLearned(layer: LearnedStepActivation | PactActivation): void {
    if (this.isTraining) throw new UnsupportedModel(`${layer.name} is a ${layer.getClassName()}, which is trained`);
    // A step of 0 is to be found from the first numbers that come; quantizedAffine has 2 bits or more.
    if (!layer.isLearned || layer.bits < 2) throw new UnsupportedModel(`${layer.name} has no format yet, or one of ${layer.bits} bits`);
    this.layers.push({ kind: "activation", activation: formatOf(layer.quantizer, 1) });
  }

  private addDense(layer: tf.layers.Layer, config: Config, pruned: PruneLowMagnitude | null): void {
    const [kernel, bias] = layer.weights;
    if (kernel.shape.length !== 2) throw new UnsupportedModel(`${layer.name} has a kernel of shape [${kernel.shape}]`);
    const described = this.addWeight(layer, 0, config, "kernel");
    if (pruned) {
      const { pruningSchedule, behaviour, pattern } = pruned;
      const schedule = { className: pruningSchedule.className, config: pruningSchedule.getConfig() };
      described.pruning = { mask: Float32Array.from(pruned.maskValues()), behaviour, pattern, schedule };
      this.variables.push({ variable: pruned.maskVariable(), weight: described, part: "mask" });
    }
    this.layers.push({
      kind: "dense",
      units: config.units as number,
      kernel: described,
      bias: bias ? this.addWeight(layer, 1, config, "bias") : null,
    });
    const activation = layer instanceof QDense ? layer.activation : (config.activation as string);
    this.layers.push(...describeActivation(layer.name, activation));
  }

  private addBatchNormalization(layer: tf.layers.Layer, config: Config): void {
    const rank = (layer.outputShape as tf.Shape).length;
    const last = config.axis === -1 || config.axis === rank - 1;
    if (!config.center || !config.scale || !last || rank !== 2) {
      throw new UnsupportedModel(`${layer.name} normalizes without center or scale, or another axis than the last of two`);
    }
    this.layers.push({
      kind: "batchNormalization",
      gamma: this.addWeight(layer, 0, config, "gamma"),
      beta: this.addWeight(layer, 1, config, "beta"),
      movingMean: this.addWeight(layer, 2, config, "movingMean"),
      movingVariance: this.addWeight(layer, 3, config, "movingVariance"),
      momentum: config.momentum as number,
      epsilon: config.epsilon as number,
    });
  }

  private addWeight(layer: tf.layers.Layer, index: number, config: Config, role: string): Weight {
    const variable = layer.weights[index];
    const name = `${layer.name}/${role}`;
    const quantizer = weightQuantizer(layer, index);
    const weight: Weight = {
      name,
      values: Float32Array.from(variable.read().dataSync()),
      shape: variable.shape as number[],
      trainable: this.trainable.has(variable),
      format: quantizer && formatOf(quantizer, variable.shape.length),
      limit: layer instanceof QDense ? layer.limitOf(variable) : null,
      constraint: describeConstraint(name, config[`${role}Constraint`] as Serialized),
      regularizer: describeRegularizer(name, config[`${role}Regularizer`] as Serialized),
      pruning: null,
    };
    if (quantizer) this.quantizers.set(weight, quantizer);
    this.variables.push({ variable, weight, part: "values" });
    return weight;
  }
}

const concatenates = (model: tf.LayersModel): boolean => model.outputs[0].sourceLayer.getClassName() === "Concatenate";

/** What a model's Concatenate at its end puts together, or its only output. */
export function modelOutputs(model: tf.LayersModel): tf.SymbolicTensor[] {
  const [output] = model.outputs;
  return concatenates(model) ? output.sourceLayer.inboundNodes[output.nodeIndex].inputTensors : [output];
}

/** Options of `describeNetwork`. */
export interface DescribeOptions {
  /** false describes all weights as frozen, for inference. Default true. */
  trainable?: boolean;
  /** Leave away the softmax that the network ends in, if it does. Default false. */
  logits?: boolean;
  /** Whether outputs that a Concatenate at the end puts together are described as branches. Default false. */
  branches?: boolean;
}

/**
 * Describes a model as a plain network.
 *
 * @param model Built; a chain of Dense, QDense, activations, Dropout, BatchNormalization and Flatten, pruned or not,
 *   as `tf.sequential` or a functional model; for inference, activations with a learned format too.
 * @param options See `DescribeOptions`.
 * @returns The network with copies of the weights, their quantizers, and the variables they came from.
 * @throws {UnsupportedModel} When a part of the model has no plain description; the message names it.
 * @example
 * describeNetwork(tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] })).network.inputs; // 3
 */
export function describeNetwork(
  model: tf.LayersModel,
  { trainable = true, logits = false, branches: canBranch = false }: DescribeOptions = {},
): DescribedNetwork {
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    throw new UnsupportedModel(`${model.name} has ${model.inputs.length} inputs and ${model.outputs.length} outputs`);
  }
  const description = new Description(new Set<unknown>(trainable ? model.trainableWeights : []), trainable);
  if (canBranch && concatenates(model)) description.addBranched(model);
  else description.addModel(model);
  const { branches } = description;
  if (trainable) refuseStochastic([description.layers, ...branches.map(({ layers }) => layers)].flat());
  const last = description.layers.at(-1);
  if (logits && last?.kind === "activation" && last.activation === "softmax") description.layers.pop();
  const shape = model.inputs[0].shape.slice(1);
  const flattened = shape.length === 1 || model.layers.some((layer) => layer.getClassName() === "Flatten");
  if (!flattened || shape.includes(null)) throw new UnsupportedModel(`${model.name} has an input of shape [${shape}]`);
  const inputs = sizeOf(shape as number[]);
  if (!description.layers.some(({ kind }) => kind === "dense")) throw new UnsupportedModel(`${model.name} has no dense layer`);
  const { layers, quantizers, variables } = description;
  return { network: { inputs, layers, ...(branches.length > 0 && { branches }) }, quantizers, variables };
}
