import * as tf from "@tensorflow/tfjs";
import { assignWeights } from "./assignWeights.js";
import { cloneModel } from "./cloneModel.js";
import { QBatchNormalization } from "./qBatchNormalization.js";
import type { NormalizationVectors } from "./qBatchNormalization.js";
import { refusePruned } from "./refusePruned.js";

const foldable: readonly string[] = ["Dense", "QDense", "Conv2D", "QConv2D", "DepthwiseConv2D", "QDepthwiseConv2D"];

const isNormalization = (layer: tf.layers.Layer): boolean => ["BatchNormalization", "QBatchNormalization"].includes(layer.getClassName());

/** Names of layers in a functional model's config, once for each place where their output is taken. */
function referencesIn(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  if (typeof value[0] === "string") return [value[0]];
  return value.flatMap(referencesIn);
}

/** For each layer the names of those that it takes its inputs from, in all its calls; and how often its output is taken. */
function wiring(model: tf.LayersModel): { inputs: Map<string, string[]>; uses: Map<string, number> } {
  const { layers, outputLayers } = model.getConfig() as {
    layers: { config: { name: string }; inboundNodes?: unknown[] }[];
    outputLayers?: unknown;
  };
  const inputs = new Map<string, string[]>();
  const uses = new Map<string, number>();
  const use = (names: string[]): void => names.forEach((name) => uses.set(name, (uses.get(name) ?? 0) + 1));
  if (model instanceof tf.Sequential) {
    model.layers.forEach(({ name }, i) => inputs.set(name, i > 0 ? [model.layers[i - 1].name] : []));
  } else {
    for (const { config, inboundNodes } of layers) inputs.set(config.name, referencesIn(inboundNodes));
    use(referencesIn(outputLayers));
  }
  for (const names of inputs.values()) use(names);
  return { inputs, uses };
}

/** Whether a layer gives sums of features on the last axis, with no activation. */
function givesSums(layer: tf.layers.Layer): boolean {
  if (!foldable.includes(layer.getClassName())) return false;
  const { activation, dataFormat } = layer.getConfig();
  return [undefined, null, "linear"].includes(activation as string) && dataFormat !== "channelsFirst";
}

function normalizesLast(layer: tf.layers.Layer): boolean {
  const { axis } = layer.getConfig() as { axis: number };
  return axis === -1 || axis === (layer.outputShape as tf.Shape).length - 1;
}

/** The layer that each normalization can be folded into. */
function findFolds(model: tf.LayersModel): Map<tf.layers.Layer, tf.layers.Layer> {
  const { inputs, uses } = wiring(model);
  const folds = new Map<tf.layers.Layer, tf.layers.Layer>();
  for (const layer of model.layers) {
    const [before, ...others] = inputs.get(layer.name) ?? [];
    if (!isNormalization(layer) || before === undefined || others.length > 0 || !normalizesLast(layer)) continue;
    const target = model.getLayer(before);
    const calls = model instanceof tf.Sequential ? model.layers.filter((each) => each === target).length : inputs.get(before)?.length;
    if (givesSums(target) && calls === 1 && uses.get(before) === 1) folds.set(target, layer);
  }
  return folds;
}

/** The vectors of a normalization when it is not trained. */
function vectorsOf(layer: tf.layers.Layer): NormalizationVectors {
  if (layer instanceof QBatchNormalization) return layer.quantizedVectors();
  const { center, scale } = layer.getConfig();
  const weights = layer.weights.map((weight) => weight.read());
  const [mean, variance] = weights.slice(-2);
  return { gamma: scale ? weights[0] : null, beta: center ? weights[scale ? 1 : 0] : null, mean, variance };
}

/** `kernel · factor` and `(bias - mean) · factor + beta` where `factor = gamma / sqrt(variance + epsilon)`. */
function foldedWeights(layer: tf.layers.Layer, normalization: tf.layers.Layer): tf.Tensor[] {
  const { gamma, beta, mean, variance } = vectorsOf(normalization);
  const inverse = tf.rsqrt(tf.add(variance, normalization.getConfig().epsilon as number));
  const factor = gamma ? tf.mul(inverse, gamma) : inverse;
  const [kernel, bias] = layer.weights.map((weight) => weight.read());
  // A depthwise kernel holds a feature for each pair of channel and multiple.
  const isDepthwise = /DepthwiseConv2D$/.test(layer.getClassName());
  const features = isDepthwise ? tf.reshape(factor, kernel.shape.slice(-2)) : factor;
  const shift = tf.mul(tf.sub(bias ?? 0, mean), factor);
  return [tf.mul(kernel, features), beta ? tf.add(shift, beta) : shift];
}

/**
 * A copy of a model in which batch normalizations are folded into the kernel and bias of the layer before them:
 * `kernel · gamma / sqrt(variance + epsilon)` and `(bias - mean) · gamma / sqrt(variance + epsilon) + beta`.
 *
 * Folded is each BatchNormalization and qBatchNormalization that directly follows a Dense, Conv2D or DepthwiseConv2D,
 * quantized or not, which gets a bias if it had none. Float32 layers compute the same as before, but for rounding. A
 * quantized layer's quantizers then see the folded weights, as in QKeras's `QConv2DBatchnorm` and
 * `QDepthwiseConv2DBatchnorm` (`get_folded_weights`), so that its outputs change by what is rounded and clipped otherwise:
 * choose quantizers with an automatic alpha, or enough integer bits for the folded weights. A qBatchNormalization is folded
 * with its quantized vectors.
 *
 * A normalization stays where folding would change what is computed: behind an activation, also one inside of the layer
 * before, or behind dropout or any other layer; where the layer before is called twice or its output is used elsewhere;
 * where it does not normalize the last axis. In models inside of the model nothing is folded.
 *
 * @param model Built, sequential or functional; it stays as it is.
 * @returns A model that is not compiled. Folding is for the end of the training: there are no batch statistics any more.
 * @throws {TypeError} When the model is still being pruned.
 * @example
 * const folded = foldBatchNormalization(model);
 */
export function foldBatchNormalization(model: tf.LayersModel): tf.LayersModel {
  refusePruned(model);
  const folds = findFolds(model);
  const targets = new Map([...folds].map(([target, normalization]) => [normalization, target]));
  return cloneModel(
    model,
    (config, layer) => {
      const target = targets.get(layer);
      if (target) return { instead: target.name };
      return folds.has(layer) ? { ...config, config: { ...config.config, useBias: true } } : config;
    },
    (from, to) => {
      const normalization = folds.get(from);
      tf.tidy(() => assignWeights(to, normalization ? foldedWeights(from, normalization) : from.getWeights()));
    },
  );
}
