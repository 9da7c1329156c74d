import { promisify } from "node:util";
import { gzip as gzipCallback } from "node:zlib";
import * as tf from "@tensorflow/tfjs";
import { kindOf } from "../data/kindOf.js";
import { writeFileAtomically } from "../data/writeFileAtomically.js";
import { checkModel } from "../layers/checkModel.js";
import type { LayerConfig } from "../layers/cloneModel.js";
import { QBatchNormalization } from "../layers/qBatchNormalization.js";
import { QuantizedKernelLayer, weightQuantizer } from "../layers/quantizedKernelLayer.js";
import { pruningLayers } from "../pruning/pruningLayers.js";
import { getQuantizer } from "../quantizers/getQuantizer.js";
import { encodeFile } from "./format.js";
import type { Header } from "./format.js";
import { takeLists } from "./quantizerLists.js";
import { packNumbers } from "./sparseTensor.js";
import { checkEncoding, storeWeight } from "./storeWeight.js";
import type { WeightEncoding } from "./storeWeight.js";

const gzip = promisify(gzipCallback);

/** Parts of a layer's config that only training needs. */
const TRAINING_ONLY = /(Initializer|Regularizer|Constraint)$|^(trainable|dtype)$/;

/** A quantizer's string says the same as its config in a tenth of the bytes, where it says all. */
function shorten(value: unknown, lists: Float32Array[]): unknown {
  if (typeof value !== "object" || value === null || !("className" in value)) return value;
  try {
    const quantizer = getQuantizer(value as { className: string; config: Record<string, unknown> });
    const again = getQuantizer(String(quantizer));
    const saysAll = JSON.stringify(again.getConfig()) === JSON.stringify(quantizer.getConfig());
    return saysAll ? takeLists(String(quantizer), lists) : value;
  } catch {
    return value;
  }
}

function compactLayer(entry: LayerConfig, lists: Float32Array[]): Record<string, unknown> {
  // A normalization quantizes by default: where it does not, the file must say so.
  const isSaid = (key: string): boolean => entry.className === QBatchNormalization.className && key.endsWith("Quantizer");
  const isKept = ([key, value]: [string, unknown]): boolean => ((value !== null && value !== undefined) || isSaid(key)) && !TRAINING_ONLY.test(key);
  const kept = Object.entries(entry.config).filter(isKept).map(([key, value]) => [key, shorten(value, lists)]);
  return { ...entry, config: Object.fromEntries(kept) };
}

/** A quantized layer of a model inside of a model, whose weights would not be packed. */
function quantizedInside(model: tf.LayersModel): tf.layers.Layer | undefined {
  const inside = (outer: tf.LayersModel): tf.layers.Layer[] =>
    outer.layers.flatMap((layer) => (layer instanceof tf.LayersModel ? [...layer.layers, ...inside(layer)] : []));
  return inside(model).find((layer) => layer instanceof QuantizedKernelLayer);
}

/** Options of `writeModel`. */
export interface WriteModelOptions {
  /**
   * How kernels are stored: "dense", all their numbers; without the zeros as "bitmap", "csr" (compressed sparse rows) or
   * "relative" (distances, in as many bits as give the smallest file); "auto", each kernel as it takes the fewest bytes.
   * float32 or quantized does not matter; vectors, and kernels whose quantizer knows no zero, are always dense.
   * In a sparse encoding -0 comes back as 0, which compares equal to it. Default "dense".
   */
  encoding?: WeightEncoding;
}

/**
 * Writes a model into one file of the library's own format: layers as JSON, float32 weights as they are,
 * weights of quantized layers as their quantizers' integers, packed. The few numbers of a qBatchNormalization stay float32.
 *
 * @param model Built; strip pruning first. The optimizer's state is not written.
 * @param path Where to; a name that ends in ".gz" is compressed with gzip. Folders are made.
 * @param options See `WriteModelOptions`.
 * @returns Size of the file in bytes.
 * @throws {RangeError} When the encoding is unknown.
 * @throws {TypeError} When there is no model or no path, the model is still being pruned, or a model inside of it has quantized layers.
 * @example
 * await writeModel(model, "build/models/qap.tfcm"); // 5786
 * await writeModel(model, "build/models/qap-sparse.tfcm", { encoding: "auto" });
 */
export async function writeModel(model: tf.LayersModel, path: string, options: WriteModelOptions = {}): Promise<number> {
  checkModel(model);
  if (typeof path !== "string" || path === "") throw new TypeError(`Expected path to be the name of a file but found ${kindOf(path)}.`);
  const { encoding = "dense" } = options;
  checkEncoding(encoding);
  if (pruningLayers(model).length > 0) throw new TypeError("The model is still being pruned: write stripPruning(model).");
  const nested = quantizedInside(model);
  if (nested) throw new TypeError(`Expected quantized layers of the model itself but found ${nested.name} in a model inside of it.`);
  const { layers, ...rest } = model.getConfig() as unknown as { layers: LayerConfig[] };
  const stored = model.layers.flatMap((layer) =>
    layer.weights.map((weight, i) => {
      const values = weight.read().dataSync() as Float32Array;
      const name = `${layer.name}/${weight.originalName.split("/").at(-1) ?? i}`;
      return storeWeight(name, values, weight.shape as number[], weightQuantizer(layer, i), encoding);
    }),
  );
  const lists: Float32Array[] = [];
  const config = { ...rest, layers: layers.map((layer) => compactLayer(layer, lists)) };
  const header: Header = {
    model: model.getClassName(),
    config,
    ...(lists.length > 0 && { lists: lists.map(({ length }) => length) }),
    tensors: stored.map(([tensor]) => tensor),
  };
  const file = encodeFile(header, [...lists.map((list) => packNumbers(list, { kind: "float32" })), ...stored.map(([, bytes]) => bytes)]);
  const bytes = path.endsWith(".gz") ? await gzip(file, { level: 9 }) : file;
  await writeFileAtomically(path, bytes);
  return bytes.length;
}
