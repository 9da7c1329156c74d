import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip as gunzipCallback } from "node:zlib";
import * as tf from "@tensorflow/tfjs";
import { assignWeights } from "../layers/assignWeights.js";
import { weightQuantizer } from "../layers/qDense.js";
// Registers the layer, which a file may name.
import "../layers/qActivation.js";
import type { Values } from "../sparse/denseMatrix.js";
import { decodeFile, stepsOf } from "./format.js";
import type { Header, StoredTensor } from "./format.js";
import { count, unpackNumbers, unpackSparse } from "./sparseTensor.js";

const gunzip = promisify(gunzipCallback);

const MOST_BYTES = 2 ** 31; // a small compressed file may claim to hold anything

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
  if (!sparse) return unpackNumbers(bytes, count(shape), tensor);
  try {
    return unpackSparse(bytes, shape, sparse, tensor);
  } catch (error) {
    throw new SyntaxError(`${file}: ${name} is not stored as ${sparse.encoding}: ${(error as Error).message}`);
  }
}

function restore(tensor: StoredTensor, bytes: Uint8Array, layer: tf.layers.Layer, index: number, file: string): tf.Tensor {
  if (tensor.kind === "float32") return tf.tensor(numbersOf(tensor, bytes, file), tensor.shape, "float32");
  const quantizer = weightQuantizer(layer, index);
  if (!quantizer) throw new SyntaxError(`${file}: ${tensor.name} is packed but ${layer.name} has no quantizer for it.`);
  const { shape, bits, signed, stepShape } = tensor;
  const own = quantizer.encode(new Float32Array(1), [1]);
  const automatic = typeof quantizer.getConfig().alpha === "string";
  if (bits !== own.bits || signed !== own.signed || (stepShape !== undefined) !== automatic || stepShape?.includes(0)) {
    throw new SyntaxError(`${file}: ${tensor.name} is not packed as ${quantizer} packs: found ${JSON.stringify(tensor)}.`);
  }
  const steps = stepsOf(tensor);
  const codes = numbersOf(tensor, bytes.subarray(4 * steps), file) as Int32Array;
  const step = stepShape ? (unpackNumbers(bytes, steps, { kind: "float32" }) as Float32Array) : own.step;
  return tf.tensor(quantizer.decode({ codes, step, stepShape: stepShape ?? [], bits, signed }, shape), shape);
}

/** The model that a header describes, with its layers' own initial weights. */
function buildModel(header: Header, path: string): tf.LayersModel {
  if (!["Sequential", "Model", "Functional"].includes(header.model)) {
    throw new SyntaxError(`${path}: expected the class of a model but found "${header.model}".`);
  }
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const [cls, fromConfig] = classNameMap[header.model];
  try {
    return fromConfig(cls, header.config as tf.serialization.ConfigDict) as unknown as tf.LayersModel;
  } catch (error) {
    throw new SyntaxError(`${path}: its layers cannot be built: ${(error as Error).message}`);
  }
}

/**
 * Reads a model that `writeModel` wrote; it computes the same outputs.
 *
 * @param path A file of the library's format, compressed if its name ends in ".gz".
 * @returns A model that is not compiled. Its quantized layers hold weights that lie on the grid.
 * @throws {SyntaxError} When the file is no model file, is damaged or cut off.
 * @example const model = await readModel("build/models/qap.tfcm");
 */
export async function readModel(path: string): Promise<tf.LayersModel> {
  const { header, data } = decodeFile(await readBytes(path), path);
  const model = buildModel(header, path);
  let next = 0;
  for (const layer of model.layers) {
    if (layer.weights.length === 0) continue;
    const weights = layer.weights.map((weight, i) => {
      const tensor = header.tensors[next];
      const bytes = data[next++];
      if (!tensor || tensor.shape.join() !== weight.shape.join()) {
        throw new SyntaxError(`${path}: expected a weight of shape [${weight.shape}] for ${layer.name} but found ${tensor ? `[${tensor.shape}]` : "none"}.`);
      }
      return restore(tensor, bytes, layer, i, path);
    });
    assignWeights(layer, weights);
    tf.dispose(weights);
  }
  if (next !== header.tensors.length) throw new SyntaxError(`${path}: expected ${next} weights but found ${header.tensors.length}.`);
  return model;
}
