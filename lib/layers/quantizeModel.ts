import type * as tf from "@tensorflow/tfjs";
import { kindOf } from "../data/kindOf.js";
import type { QuantizerIdentifier } from "../quantizers/getQuantizer.js";
import { assignWeights } from "./assignWeights.js";
import { cloneModel } from "./cloneModel.js";
import type { LayerConfig } from "./cloneModel.js";
import { QActivation } from "./qActivation.js";
import { QBatchNormalization } from "./qBatchNormalization.js";
import { QConv2D } from "./qConv2D.js";
import { QDense } from "./qDense.js";
import { QDepthwiseConv2D } from "./qDepthwiseConv2D.js";
import { refusePruned } from "./refusePruned.js";

/** The quantizers of a layer with a kernel; without `kernelQuantizer` the layer stays float. */
export interface KernelQuantizers {
  kernelQuantizer?: QuantizerIdentifier;
  /** Default none. */
  biasQuantizer?: QuantizerIdentifier;
  /** What stands in place of the layer's activation. Default: relu, tanh and sigmoid quantized to `activationBits`. */
  activationQuantizer?: QuantizerIdentifier;
}

/** The quantizers of a depthwise convolution; without `depthwiseQuantizer` the layer stays float. */
export interface DepthwiseQuantizers {
  depthwiseQuantizer?: QuantizerIdentifier;
  /** Default none. */
  biasQuantizer?: QuantizerIdentifier;
  /** As for other layers. */
  activationQuantizer?: QuantizerIdentifier;
}

/** The quantizers of a normalization; what is left out is not quantized, as in QKeras. */
export interface NormalizationQuantizers {
  gammaQuantizer?: QuantizerIdentifier;
  betaQuantizer?: QuantizerIdentifier;
  meanQuantizer?: QuantizerIdentifier;
  varianceQuantizer?: QuantizerIdentifier;
}

/** What `quantizeModel` quantizes and how: by class, or by name of a layer, which goes before its class. */
export type QuantizerConfig = {
  QDense?: KernelQuantizers;
  QConv2D?: KernelQuantizers;
  QDepthwiseConv2D?: DepthwiseQuantizers;
  /** Of all activation layers, or by Keras's name of the activation, as in `{ relu: "quantized_relu(4,2)" }`. */
  QActivation?: string | Record<string, string>;
  QBatchNormalization?: NormalizationQuantizers;
} & { [layer: string]: KernelQuantizers | DepthwiseQuantizers | NormalizationQuantizers | string | Record<string, string> | undefined };

/** Options of `quantizeModel`. */
export interface QuantizeModelOptions {
  /** Bits of the relu, tanh or sigmoid of a layer for which no `activationQuantizer` is given, 1 to 32. Default 8. */
  activationBits?: number;
  /** Whether the quantized model starts from the weights of the model. Default true; QKeras: false. */
  transferWeights?: boolean;
}

type Quantizers = Record<string, QuantizerIdentifier | undefined>;

/** A class of float layers, its quantized form and the quantizers that this takes. */
interface Form {
  className: string;
  quantizers: readonly string[];
}

const kernelForm = (className: string, kernel = "kernelQuantizer"): Form => ({
  className,
  quantizers: [kernel, "biasQuantizer", "activationQuantizer"],
});

const kernelForms: Record<string, Form> = {
  Dense: kernelForm(QDense.className),
  Conv2D: kernelForm(QConv2D.className),
  DepthwiseConv2D: kernelForm(QDepthwiseConv2D.className, "depthwiseQuantizer"),
};
const normalizationForm: Form = {
  className: QBatchNormalization.className,
  quantizers: ["gammaQuantizer", "betaQuantizer", "meanQuantizer", "varianceQuantizer"],
};
const activationClasses: readonly string[] = ["Activation", "ReLU", "LeakyReLU"];
const forms: readonly Form[] = [...Object.values(kernelForms), normalizationForm];

/** Parts of a config that any layer has. */
const common: readonly string[] = ["name", "trainable", "dtype", "batchInputShape"];

function quantizersOf(key: string, { quantizers }: Form, given: unknown): Quantizers {
  const isRecord = typeof given === "object" && given !== null;
  const unknown = isRecord ? Object.keys(given).find((name) => !quantizers.includes(name)) : undefined;
  if (!isRecord || unknown !== undefined) {
    throw new TypeError(`Expected {${quantizers.join(", ")}} for ${key} but found ${JSON.stringify(unknown ?? given)}.`);
  }
  return given as Quantizers;
}

/** Throws where a config says something of layers that the model does not have. */
function checkConfig(model: tf.LayersModel, config: QuantizerConfig): void {
  if (typeof config !== "object" || config === null) {
    throw new TypeError(`Expected config such as {QDense: {kernelQuantizer: "quantized_bits(4,0,alpha=1)"}} but found ${kindOf(config)}.`);
  }
  const classes = [...forms.map(({ className }) => className), QActivation.className];
  for (const key of Object.keys(config)) {
    const form = forms.find(({ className }) => className === key);
    if (form) quantizersOf(key, form, config[key]);
    if (classes.includes(key) || model.layers.some(({ name }) => name === key)) continue;
    const names = model.layers.map(({ name }) => name).join(", ");
    throw new RangeError(`Expected ${classes.join(", ")} or the name of a layer, one of ${names}, but found "${key}".`);
  }
}

/** Throws where the quantized layer would leave out what the layer has. */
function refuseUnknown(layer: tf.layers.Layer): void {
  const config = layer.getConfig();
  const constraint = Object.keys(config).find((key) => /Constraint$|^activityRegularizer$/.test(key) && config[key]);
  if (constraint) throw new TypeError(`Expected a layer to quantize without constraints but found ${layer.name} with a ${constraint}.`);
}

/** Names of the layers that a config speaks of and that are quantized already. */
function quantizedLayers(model: tf.LayersModel, config: QuantizerConfig): string[] {
  const isQuantized = (className: string): boolean => className === QActivation.className || forms.some((form) => form.className === className);
  const done = model.layers.filter((layer) => {
    const className = layer.getClassName();
    return className in config || (layer.name in config && isQuantized(className));
  });
  return done.map(({ name }) => name);
}

/** A Keras activation in so many bits (QKeras: `quantize_activation`). */
function quantizeActivation(activation: string | null, bits: number): string | null {
  return activation !== null && ["relu", "tanh", "sigmoid"].includes(activation) ? `quantized_${activation}(${bits})` : activation;
}

/**
 * A quantized copy of a float model (QKeras: `model_quantize`).
 *
 * Dense becomes qDense, Conv2D qConv2D, DepthwiseConv2D qDepthwiseConv2D, Activation, ReLU and LeakyReLU qActivation,
 * BatchNormalization qBatchNormalization, each under its own name, where the config has quantizers for its new class or
 * its name; all other layers stay as they are, and so do models inside of the model. Of a layer with a kernel the config
 * must have that of the kernel. A relu, tanh or sigmoid inside of such a layer is quantized too; a softmax stays, unless
 * the config has an activationQuantizer for the layer by name (in QKeras one for the class replaces it as well). What
 * `QBatchNormalization` leaves out is not quantized, so that `{}` gives a float normalization, as in QKeras. The bound of
 * a ReLU and the slope of a LeakyReLU become those of their quantizer.
 *
 * The relu of a dense layer or convolution becomes `quantized_relu(8)`, as in QKeras, and that has no integer bits: it ends
 * at 1, and clips what most networks put out there. Give an `activationQuantizer` such as `quantized_relu(8,3)`; `diagnose`
 * says how many integer bits are needed.
 *
 * Layers that are quantized already stay as they are, as in QKeras; to change their formats, quantize the float model anew.
 *
 * @param model Built, sequential or functional; it stays as it is.
 * @param config See `QuantizerConfig`; LeakyReLU goes by the name "leakyrelu" among activations, as in QKeras.
 * @param options See `QuantizeModelOptions`.
 * @returns A model that is not compiled, ready to be trained on, or to be evaluated as it is.
 * @throws {RangeError} When the config names a class or layer that there is not, a quantizer is unknown, or bits are out of range.
 * @throws {TypeError} When a part of the config is not of the form that its layer takes, a layer has a constraint or channels
 *   come first, the model is still being pruned, or all that the config names is quantized already.
 * @example
 * const quantized = quantizeModel(model, {
 *   QConv2D: { kernelQuantizer: "quantized_bits(4,0,alpha=1)", biasQuantizer: "quantized_bits(4)" },
 *   QActivation: { relu: "quantized_relu(4,2)" },
 *   logits: { kernelQuantizer: "quantized_bits(8,0,alpha=1)", biasQuantizer: "quantized_bits(8)" },
 * });
 */
export function quantizeModel(model: tf.LayersModel, config: QuantizerConfig, options: QuantizeModelOptions = {}): tf.LayersModel {
  const { activationBits = 8, transferWeights = true } = options;
  if (!Number.isInteger(activationBits) || activationBits < 1 || activationBits > 32) {
    throw new RangeError(`Expected activationBits to be a whole number from 1 to 32 but found ${activationBits}.`);
  }
  refusePruned(model);
  checkConfig(model, config);
  const replace = (entry: LayerConfig, layer: tf.layers.Layer): LayerConfig => {
    const form = kernelForms[entry.className];
    if (form) return quantizeKernelLayer(entry, layer, form, config, activationBits);
    if (entry.className === "BatchNormalization") return quantizeNormalization(entry, layer, config);
    return activationClasses.includes(entry.className) ? quantizeActivationLayer(entry, config) : entry;
  };
  let isChanged = false;
  const note = (entry: LayerConfig, layer: tf.layers.Layer): LayerConfig => {
    const replaced = replace(entry, layer);
    isChanged ||= replaced !== entry;
    return replaced;
  };
  const quantized = cloneModel(model, note, (from, to) => {
    if (transferWeights) assignWeights(to, from.getWeights());
  });
  const done = isChanged ? [] : quantizedLayers(model, config);
  if (done.length === 0) return quantized;
  quantized.dispose();
  throw new TypeError(`Expected layers in floating point but found ${done.join(", ")}, quantized already: quantize the float model anew.`);
}

function quantizeKernelLayer(
  entry: LayerConfig,
  layer: tf.layers.Layer,
  form: Form,
  config: QuantizerConfig,
  bits: number,
): LayerConfig {
  const { name } = entry.config;
  const isNamed = config[name] !== undefined;
  const given = isNamed ? config[name] : config[form.className];
  if (given === undefined) return entry;
  const { biasQuantizer, activationQuantizer, ...quantizers } = quantizersOf(isNamed ? name : form.className, form, given);
  const [kernelRole] = form.quantizers;
  if (quantizers[kernelRole] === undefined) return entry;
  refuseUnknown(layer);
  if (entry.config.dataFormat === "channelsFirst") throw new TypeError(`Expected channels to be last but found ${name} with channelsFirst.`);
  const activation = (entry.config.activation ?? null) as string | null;
  const replacement = activation === "softmax" && !isNamed ? undefined : activationQuantizer;
  const quantized = {
    ...entry.config,
    [kernelRole]: quantizers[kernelRole],
    biasQuantizer: entry.config.useBias ? biasQuantizer : null,
    activation: replacement ?? quantizeActivation(activation, bits),
  };
  return { className: form.className, config: quantized as unknown as LayerConfig["config"] };
}

function quantizeNormalization(entry: LayerConfig, layer: tf.layers.Layer, config: QuantizerConfig): LayerConfig {
  const { name } = entry.config;
  const key = config[name] !== undefined ? name : QBatchNormalization.className;
  if (config[key] === undefined) return entry;
  const quantizers = quantizersOf(key, normalizationForm, config[key]);
  refuseUnknown(layer);
  const all = Object.fromEntries(normalizationForm.quantizers.map((role) => [role, quantizers[role] ?? null]));
  return { className: normalizationForm.className, config: { ...entry.config, ...all } as unknown as LayerConfig["config"] };
}

function quantizeActivationLayer(entry: LayerConfig, config: QuantizerConfig): LayerConfig {
  const { name } = entry.config;
  const given = config[name] ?? config.QActivation;
  const activation = entry.className === "Activation" ? (entry.config.activation as string) : entry.className.toLowerCase();
  const quantizer = typeof given === "object" ? (given as Record<string, string | undefined>)[activation] : given;
  if (!quantizer) return entry;
  const kept = Object.entries(entry.config).filter(([key]) => common.includes(key));
  const quantized = { ...Object.fromEntries(kept), activation: quantizer };
  return { className: QActivation.className, config: quantized as unknown as LayerConfig["config"] };
}
