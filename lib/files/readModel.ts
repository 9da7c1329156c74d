import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip as gunzipCallback } from "node:zlib";
import * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../data/shape.js";
import { assignWeights } from "../layers/assignWeights.js";
import { weightQuantizer } from "../layers/quantizedKernelLayer.js";
// Registers the layers, which a file may name.
import "../layers/qActivation.js";
import "../layers/qBatchNormalization.js";
import "../layers/qConv2D.js";
import "../layers/qDense.js";
import "../layers/qDepthwiseConv2D.js";
import type { Values } from "../sparse/denseMatrix.js";
import { decodeFile, stepsOf } from "./format.js";
import type { Header, StoredTensor } from "./format.js";
import { putLists } from "./quantizerLists.js";
import { areSigns } from "./storeWeight.js";
import { unpackNumbers, unpackSparse } from "./sparseTensor.js";

const gunzip = promisify(gunzipCallback);

const MOST_BYTES = 2 ** 31; // a small file, compressed or sparse, may claim to hold anything

/** Reads a model file and undoes gzip. */
export async function readBytes(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path);
  if (!path.endsWith(".gz")) return bytes;
  try {
    return await gunzip(bytes, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    throw new SyntaxError(`${path} is damaged: gzip says ${(error as Error).message}.`);
  }
}

/** All numbers of a tensor, zeros filled in. */
function numbersOf(tensor: StoredTensor, bytes: Uint8Array, file: string): Values {
  const { name, shape, sparse } = tensor;
  if (!sparse) return unpackNumbers(bytes, sizeOf(shape), tensor);
  try {
    return unpackSparse(bytes, shape, sparse, tensor);
  } catch (error) {
    throw new SyntaxError(`${file}: ${name} is not stored as ${sparse.encoding}: ${(error as Error).message}`);
  }
}

/** Whether there is a step for all of a weight, or one for each place along one of its axes. */
function isStepShape(stepShape: readonly number[], shape: readonly number[]): boolean {
  const own = stepShape.filter((size) => size !== 1);
  return stepShape.length === shape.length && own.length <= 1 && stepShape.every((size, axis) => size === 1 || size === shape[axis]);
}

function restore(tensor: StoredTensor, bytes: Uint8Array, layer: tf.layers.Layer, index: number, file: string): tf.Tensor {
  if (tensor.kind === "float32") return tf.tensor(numbersOf(tensor, bytes, file), tensor.shape, "float32");
  const quantizer = weightQuantizer(layer, index);
  if (!quantizer) throw new SyntaxError(`${file}: ${tensor.name} is packed but ${layer.name} has no quantizer for it.`);
  const { shape, stepShape } = tensor;
  const own = quantizer.encode(new Float32Array(sizeOf(shape)), shape);
  const automatic = quantizer.hasAutomaticScale;
  const fits = automatic ? stepShape && isStepShape(stepShape, shape) : stepShape === undefined;
  const { bits, signed } = own;
  const isKind = tensor.kind === "sign" ? areSigns(own) : tensor.bits === bits && tensor.signed === signed;
  if (!isKind || !fits) {
    throw new SyntaxError(`${file}: ${tensor.name} is not packed as ${quantizer} packs: found ${JSON.stringify(tensor)}.`);
  }
  const steps = stepsOf(tensor);
  const codes = numbersOf(tensor, bytes.subarray(4 * steps), file) as Int32Array;
  const step = stepShape ? (unpackNumbers(bytes, steps, { kind: "float32" }) as Float32Array) : own.step;
  const wrong = step.find((size) => !(size >= 0 && size < Infinity)); // 0 where all weights are 0
  if (wrong !== undefined) throw new SyntaxError(`${file}: expected scales of ${tensor.name} of 0 or more but found ${wrong}.`);
  try {
    return tf.tensor(quantizer.decode({ codes, step, stepShape: stepShape ?? own.stepShape, bits, signed }, shape), shape);
  } catch (error) {
    throw new SyntaxError(`${file}: ${tensor.name} does not hold codes of ${quantizer.className}: ${(error as Error).message}`);
  }
}

/** The model that a header describes, with its layers' own initial weights. */
function buildModel(header: Header, lists: Float32Array[], path: string): tf.LayersModel {
  if (!["Sequential", "Model", "Functional"].includes(header.model)) {
    throw new SyntaxError(`${path}: expected the class of a model but found "${header.model}".`);
  }
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const [cls, fromConfig] = classNameMap[header.model];
  try {
    return fromConfig(cls, putLists(header.config, lists) as tf.serialization.ConfigDict) as unknown as tf.LayersModel;
  } catch (error) {
    throw new SyntaxError(`${path}: its layers cannot be built: ${(error as Error).message}`);
  }
}

/** Throws unless the weights fit into memory when their zeros are filled in, and before any of them is. */
function checkSize({ tensors }: Header, path: string): void {
  const bytes = tensors.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  if (bytes > MOST_BYTES) throw new SyntaxError(`${path}: expected weights of at most ${MOST_BYTES} bytes but found ${bytes}.`);
}

/** Gives a model's layers the weights of a file. */
function fillModel(model: tf.LayersModel, { tensors }: Header, data: Uint8Array[], path: string): void {
  const names = model.layers.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new SyntaxError(`${path}: expected layers with names of their own but found two named ${twice}.`);
  let next = 0;
  for (const layer of model.layers) {
    if (layer.weights.length === 0) continue;
    const weights = layer.weights.map((weight, i) => {
      const tensor = tensors[next];
      const bytes = data[next++];
      if (!tensor || tensor.shape.join() !== weight.shape.join()) {
        const found = tensor ? `[${tensor.shape}]` : "none";
        throw new SyntaxError(`${path}: expected a weight of shape [${weight.shape}] for ${layer.name} but found ${found}.`);
      }
      return restore(tensor, bytes, layer, i, path);
    });
    assignWeights(layer, weights);
    tf.dispose(weights);
  }
  if (next !== tensors.length) throw new SyntaxError(`${path}: expected ${next} weights but found ${tensors.length}.`);
}

/**
 * Reads a model that `writeModel` wrote; it computes the same outputs.
 *
 * @param path A file of the library's format, compressed if its name ends in ".gz".
 * @returns A model that is not compiled. Its quantized layers hold weights that lie on the grid.
 * @throws {SyntaxError} When the file is no model file, is damaged or cut off, or holds more than 2 GiB of weights.
 * @example const model = await readModel("build/models/qap.tfcm");
 */
export async function readModel(path: string): Promise<tf.LayersModel> {
  const { header, lists, data } = decodeFile(await readBytes(path), path);
  checkSize(header, path);
  const model = buildModel(header, lists, path);
  try {
    tf.tidy(() => fillModel(model, header, data, path));
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}
