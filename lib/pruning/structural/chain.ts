import * as tf from "@tensorflow/tfjs";
import { plainLayer } from "../pruneLowMagnitudeLayer.js";

const isInput = (layer: tf.layers.Layer): boolean => layer.getClassName() === "InputLayer";

/**
 * The layers of a model in which each takes what the one before it gives, without the input layer.
 *
 * @throws {TypeError} When the model branches, holds a layer twice or a model, or its channels come first; the message
 *   names the layer.
 */
export function chainOf(model: tf.LayersModel): tf.layers.Layer[] {
  const refuse = (found: string): never => {
    throw new TypeError(`Expected a model whose layers form one chain but found ${found}.`);
  };
  if (model.inputs.length !== 1) refuse(`${model.name} with ${model.inputs.length} inputs`);
  if (model.outputs.length !== 1) refuse(`${model.name} with ${model.outputs.length} outputs`);
  const layers = model.layers.filter((layer) => !isInput(layer));
  layers.forEach((layer, i) => {
    if (layer instanceof tf.LayersModel) refuse(`${layer.name}, a model inside of ${model.name}`);
    if (layers.indexOf(layer) < i) refuse(`${layer.name} twice`);
    const { dataFormat } = plainLayer(layer).getConfig();
    if (dataFormat === "channelsFirst") refuse(`${layer.name} with the data format channelsFirst`);
    if (model instanceof tf.Sequential) return;
    if (layer.inboundNodes.length > 1) refuse(`${layer.name} used twice`);
    const [before, ...others] = layer.inboundNodes[0].inboundLayers;
    const follows = i === 0 ? isInput(before) : before === layers[i - 1];
    if (!follows || others.length > 0) refuse(`${layer.name}, which does not follow ${layers[i - 1]?.name ?? "the input"} alone`);
  });
  return layers;
}

/** Whether a layer has units with weights of their own, neurons or filters: dense layers and Conv2D, quantized, pruned or not. */
export function hasUnits(layer: tf.layers.Layer): boolean {
  return ["Dense", "QDense", "Conv2D", "QConv2D"].includes(plainLayer(layer).getClassName());
}

/** What of a Conv2D its computation needs; TypeScript is not told of it. */
interface Convolution {
  kernel: tf.LayerVariable;
  bias: tf.LayerVariable | null;
  strides: [number, number];
  padding: "valid" | "same";
  dilationRate: number | [number, number];
  activation: { apply(x: tf.Tensor): tf.Tensor } | null;
}

/**
 * A convolution, its sum and its activation as operations of their own: the gradient of the fused one, which the layer
 * calls, computes that of the kernel too, which is not asked for.
 */
function convolve(layer: tf.layers.Layer, x: tf.Tensor): tf.Tensor {
  const { kernel, bias, strides, padding, dilationRate, activation } = layer as unknown as Convolution;
  return tf.tidy(() => {
    const sums = tf.conv2d(x as tf.Tensor4D, kernel.read() as tf.Tensor4D, strides, padding, "NHWC", dilationRate);
    const y = bias ? tf.add(sums, bias.read()) : sums;
    return activation ? activation.apply(y) : y;
  });
}

/** What a layer gives for a batch when it is not being trained; its data format is channelsLast. */
export function infer(layer: tf.layers.Layer, x: tf.Tensor): tf.Tensor {
  const plain = plainLayer(layer);
  if (plain.getClassName() === "Conv2D") return convolve(plain, x);
  const y = layer.call(x, { training: false });
  return Array.isArray(y) ? y[0] : y;
}
