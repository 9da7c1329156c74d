import { promisify } from "node:util";
import { gzip as gzipCallback } from "node:zlib";
import type * as tf from "@tensorflow/tfjs";
import { writeFileAtomically } from "../data/writeFileAtomically.js";
import type { LayerConfig } from "../layers/cloneModel.js";
import { weightQuantizer } from "../layers/qDense.js";
import { PruneLowMagnitude } from "../pruning/pruneLowMagnitudeLayer.js";
import { getQuantizer } from "../quantizers/getQuantizer.js";
import type { QuantizedCodes, Quantizer } from "../quantizers/quantizer.js";
import { packBits } from "./bits.js";
import { encodeFile } from "./format.js";
import type { Header, StoredTensor } from "./format.js";

const gzip = promisify(gzipCallback);

/** Parts of a layer's config that only training needs. */
const TRAINING_ONLY = /(Initializer|Regularizer|Constraint)$|^(trainable|dtype)$/;

/** A quantizer's string says the same as its config in a tenth of the bytes, where it says all. */
function shorten(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("className" in value)) return value;
  try {
    const quantizer = getQuantizer(value as { className: string; config: Record<string, unknown> });
    const again = getQuantizer(String(quantizer));
    return JSON.stringify(again.getConfig()) === JSON.stringify(quantizer.getConfig()) ? String(quantizer) : value;
  } catch {
    return value;
  }
}

function compactLayer(entry: LayerConfig): Record<string, unknown> {
  const kept = Object.entries(entry.config).filter(([key, value]) => value !== null && value !== undefined && !TRAINING_ONLY.test(key));
  return { ...entry, config: Object.fromEntries(kept.map(([key, value]) => [key, shorten(value)])) };
}

const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** A format of powers of two can reach further than its codes. */
function encodeIfPossible(quantizer: Quantizer, values: Float32Array, shape: number[]): QuantizedCodes | null {
  try {
    return quantizer.encode(values, shape);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function store(name: string, values: Float32Array, shape: number[], quantizer: Quantizer | null): [StoredTensor, Uint8Array] {
  const full: [StoredTensor, Uint8Array] = [{ name, shape, kind: "float32" }, bytesOf(values)];
  if (!quantizer || (quantizer.getConfig().qnoise_factor ?? 1) !== 1) return full;
  const quantized = encodeIfPossible(quantizer, values, shape);
  if (!quantized) return full;
  // Only what computes the same after reading may be packed: an automatic scale is found anew from
  // the quantized weights, and may come out differently.
  const before = quantizer.quantize(values, shape);
  const after = quantizer.quantize(quantizer.decode(quantized, shape), shape);
  if (!before.every((value, i) => value === after[i])) return full;
  const { bits, signed, codes, step, stepShape } = quantized;
  const automatic = typeof quantizer.getConfig().alpha === "string";
  const packed = packBits(codes, bits);
  return [
    { name, shape, kind: "packed", bits, signed, ...(automatic && { stepShape }) },
    automatic ? Buffer.concat([bytesOf(step), packed]) : packed,
  ];
}

/**
 * Writes a model into one file of the library's own format: layers as JSON, float32 weights as they are,
 * weights of quantized layers as their quantizers' integers, packed.
 *
 * @param model Built; strip pruning first. The optimizer's state is not written.
 * @param path Where to; a name that ends in ".gz" is compressed with gzip. Folders are made.
 * @returns Size of the file in bytes.
 * @throws {TypeError} When the model is still being pruned.
 * @example
 * await writeModel(model, "build/models/qap.tfcm"); // 5786
 */
export async function writeModel(model: tf.LayersModel, path: string): Promise<number> {
  if (model.layers.some((layer) => layer instanceof PruneLowMagnitude)) {
    throw new TypeError("The model is still being pruned: write stripPruning(model).");
  }
  const { layers, ...rest } = model.getConfig() as unknown as { layers: LayerConfig[] };
  const stored = model.layers.flatMap((layer) =>
    layer.weights.map((weight, i) => {
      const values = weight.read().dataSync() as Float32Array;
      return store(`${layer.name}/${weight.originalName.split("/").at(-1) ?? i}`, values, weight.shape as number[], weightQuantizer(layer, i));
    }),
  );
  const header: Header = {
    model: model.getClassName(),
    config: { ...rest, layers: layers.map(compactLayer) },
    tensors: stored.map(([tensor]) => tensor),
  };
  const file = encodeFile(header, stored.map(([, bytes]) => bytes));
  const bytes = path.endsWith(".gz") ? await gzip(file, { level: 9 }) : file;
  await writeFileAtomically(path, bytes);
  return bytes.length;
}
