import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../../data/shape.js";
import type { Activation } from "../../layers/activation.js";
import { LearnedStepActivation, PactActivation } from "../../layers/learnedActivation.js";
import { weightQuantizer } from "../../layers/quantizedKernelLayer.js";
import { chainOf } from "../../pruning/structural/chain.js";
import { plainLayer } from "../../pruning/pruneLowMagnitudeLayer.js";
import { accumulatorOf } from "./accumulator.js";
import { dataTypeOf, fixedType, toDataType } from "./dataType.js";
import type { DataType, DataTypeIdentifier } from "./dataType.js";
import { multiplierOf } from "./multiplier.js";
import type { Multiplier } from "./multiplier.js";

/** What the types of numbers follow from beside the quantizers of the layers. */
export interface DataTypeOptions {
  /** Format of the model's input. Default `quantized_bits(8,0)`. */
  sourceQuantizer?: DataTypeIdentifier;
  /**
   * Format of what has no quantizer: weights, sums and outputs of Keras layers, and Keras activations. Default "fp32".
   */
  defaultIntermQuantizer?: DataTypeIdentifier;
  /** Whether weights that are powers of two are constants, which only their own shifts are built for. Default false. */
  isInference?: boolean;
}

/** The weights of a layer and their types. */
export interface WeightTypes {
  kernel: DataType;
  kernelShape: number[];
  bias: DataType | null;
  /** Share of zeros in the kernel as the layer computes with it. */
  kernelSparsity: number;
}

/** The types of the numbers in one layer (QTools: `LayerDataType`). */
export interface LayerDataTypes {
  layer: string;
  className: string;
  input: DataType;
  /** Shapes without the batch. */
  inputShape: number[];
  output: DataType;
  outputShape: number[];
  weights: WeightTypes | null;
  multiplier: Multiplier | null;
  accumulator: DataType | null;
  /** Multiply-accumulates, or additions of a pooling, a sample. */
  operations: number;
}

const multiplying: readonly string[] = ["Dense", "Conv2D", "DepthwiseConv2D"];
/** Layers whose outputs are of the type of their inputs. */
const passing: readonly string[] = [
  "Flatten", "Reshape", "MaxPooling2D", "ZeroPadding2D", "UpSampling2D", "ReLU", "LeakyReLU", "Softmax",
];
const averaging: readonly string[] = ["AveragePooling2D", "GlobalAveragePooling2D"];

const isQuantized = (className: string): boolean => multiplying.some((name) => className === `Q${name}`);

const shapeOf = (shape: tf.Shape | tf.Shape[], layer: tf.layers.Layer): number[] => {
  const sizes = ((Array.isArray(shape[0]) ? shape[0] : shape) as tf.Shape).slice(1);
  if (sizes.includes(null)) throw new TypeError(`Expected an input of fixed size but ${layer.name} has the shape [${sizes}].`);
  return sizes as number[];
};

/** The type that a layer's activation brings its output into, or null where it has no quantizer. */
function activationType(layer: tf.layers.Layer): DataType | null {
  // Their codes have a zero point of 0. To ask for their quantizers would set a step that is not found yet.
  if (layer instanceof LearnedStepActivation) return fixedType(layer.bits, layer.signed);
  if (layer instanceof PactActivation) return fixedType(layer.bits, false);
  const quantizer = (layer as unknown as { activation?: Activation | null }).activation?.quantizer;
  return quantizer ? dataTypeOf(quantizer) : null;
}

/** What the walk along the layers knows at one of them. */
interface Place {
  layer: tf.layers.Layer;
  className: string;
  input: DataType;
  inputShape: number[];
  outputShape: number[];
  interm: DataType;
  isInference: boolean;
}

/** A layer that multiplies with a kernel. */
function multiplyingTypes(place: Place): Partial<LayerDataTypes> & { output: DataType } {
  const { layer, className, input, outputShape, interm, isInference } = place;
  const [kernelQuantizer, biasQuantizer] = [weightQuantizer(layer, 0), weightQuantizer(layer, 1)];
  const [kernel, bias] = layer.weights;
  const kernelShape = kernel.shape as number[];
  const values = kernel.read().dataSync() as Float32Array;
  const quantized = kernelQuantizer?.quantize(values, kernelShape) ?? values;
  const type = kernelQuantizer ? dataTypeOf(kernelQuantizer) : interm;
  const constants = isInference && type.kind === "po2" ? new Set(quantized).size : 0;
  const weights: WeightTypes = {
    kernel: type,
    kernelShape,
    bias: bias ? (biasQuantizer ? dataTypeOf(biasQuantizer) : interm) : null,
    kernelSparsity: quantized.reduce((zeros, value) => zeros + Number(value === 0), 0) / quantized.length,
  };
  const inferred = multiplierOf(type, input, constants);
  // QTools counts a bias whether there is one or not.
  const terms = sizeOf(kernelShape.slice(0, -1)) + 1;
  const isKeras = !isQuantized(className);
  const multiplier = isKeras ? { ...inferred, output: interm } : inferred;
  const accumulator = isKeras ? interm : accumulatorOf(inferred.output, terms);
  return {
    weights, multiplier, accumulator,
    operations: sizeOf(kernelShape) * sizeOf(outputShape.slice(0, -1)),
    output: (isKeras ? null : activationType(layer)) ?? accumulator,
  };
}

/** A layer that averages over windows: its sums; QTools does not count the division. */
function averagingTypes({ layer, input, inputShape, outputShape }: Place): Partial<LayerDataTypes> & { output: DataType } {
  const window = (layer.getConfig().poolSize as number[] | undefined) ?? inputShape.slice(0, -1);
  const terms = sizeOf(window);
  const accumulator = accumulatorOf(input, terms);
  return { accumulator, operations: outputShape[outputShape.length - 1] * terms, output: accumulator };
}

function typesAt(place: Place): Partial<LayerDataTypes> & { output: DataType } {
  const { layer, className, input, interm } = place;
  if (multiplying.includes(className) || isQuantized(className)) return multiplyingTypes(place);
  if (averaging.includes(className)) return averagingTypes(place);
  if (passing.includes(className)) return { output: input };
  if (["Activation", "QActivation", "LearnedStepActivation", "PactActivation"].includes(className)) {
    return { output: activationType(layer) ?? interm };
  }
  const cure = className.endsWith("BatchNormalization") ? "; fold it into the layer before it" : "";
  throw new TypeError(`Expected layers whose numbers QTools can follow but found ${layer.name}, a ${className}${cure}.`);
}

/**
 * Follows the types of numbers through a model: of inputs, weights, products, sums and outputs (QTools:
 * `generate_layer_data_type_map`). Dropout is left out.
 *
 * @param model Built, a chain of layers, plain or being pruned.
 * @throws {TypeError} When the model branches, its input has no fixed size, or QTools does not know a layer or a format.
 */
export function inferDataTypes(model: tf.LayersModel, options: DataTypeOptions = {}): LayerDataTypes[] {
  const { sourceQuantizer = "quantized_bits(8,0)", defaultIntermQuantizer = "fp32", isInference = false } = options;
  const interm = toDataType(defaultIntermQuantizer);
  let input = toDataType(sourceQuantizer);
  const rows: LayerDataTypes[] = [];
  for (const outer of chainOf(model)) {
    const layer = plainLayer(outer);
    const className = layer.getClassName();
    if (className === "Dropout") continue;
    const inputShape = shapeOf(outer.inboundNodes[0].inputShapes[0] as tf.Shape, outer);
    const outputShape = shapeOf(outer.outputShape, outer);
    const found = typesAt({ layer, className, input, inputShape, outputShape, interm, isInference });
    const nothing = { weights: null, multiplier: null, accumulator: null, operations: 0 };
    rows.push({ layer: layer.name, className, input, inputShape, outputShape, ...nothing, ...found });
    input = found.output;
  }
  return rows;
}
