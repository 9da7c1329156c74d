import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { sizeOf } from "../data/shape.js";
import { decodeFile, storedBytes } from "./format.js";
import type { StoredTensor } from "./format.js";
import { readBytes } from "./readModel.js";
import { bitsOf } from "./sparseTensor.js";

/** What a model file measures. */
export interface FileSize {
  /** Name of the file without its folder. */
  file: string;
  path: string;
  /** Size on disk, what `ls -l` shows. */
  bytes: number;
  /** Of the contents, before gzip: description of the layers. */
  headerBytes: number;
  /** Of the contents, before gzip: scales of channels and codebooks of quantizers. */
  listBytes: number;
  /** Of the contents, before gzip: weights, with the indices of sparse ones. */
  weightBytes: number;
  /** Of the weights: indices that say where the numbers of sparse ones stand. */
  indexBytes: number;
  /** Each weight as it is stored. */
  tensors: TensorSize[];
}

/** What one weight of a model file measures. */
export interface TensorSize {
  name: string;
  /** "float32", "packed" or "sign". */
  kind: string;
  /** "dense", or how the numbers of a sparse weight are found: "bitmap", "csr" or "relative". */
  encoding: string;
  /** Bits of a number. */
  bits: number;
  /** Numbers of the weight, zeros too. */
  numbers: number;
  /** Numbers that are stored: of a sparse weight those that are not zero, and fillers. */
  entries: number;
  bytes: number;
  /** Of it numbers, with their scales. */
  valueBytes: number;
  /** Of it the index of a sparse weight. */
  indexBytes: number;
}

function measure(tensor: StoredTensor): TensorSize {
  const { name, kind, shape, sparse } = tensor;
  const { values, index } = storedBytes(tensor);
  const numbers = sizeOf(shape);
  return {
    name,
    kind,
    encoding: sparse?.encoding ?? "dense",
    bits: bitsOf(tensor),
    numbers,
    entries: sparse?.entries ?? numbers,
    bytes: values + index,
    valueBytes: values,
    indexBytes: index,
  };
}

/**
 * Measures model files. Nothing is estimated: sizes are those of the files and of the parts in them.
 *
 * @param paths Files that `writeModel` wrote.
 * @throws {SyntaxError} When a file is no model file or damaged.
 * @example
 * const [float, quantized] = await sizeReport(["float.tfcm", "quantized.tfcm"]);
 * float.bytes / quantized.bytes; // 3.0
 */
export async function sizeReport(paths: string | string[]): Promise<FileSize[]> {
  return Promise.all(
    [paths].flat().map(async (path) => {
      const { size } = await stat(path);
      const { header, headerBytes, lists } = decodeFile(await readBytes(path), path);
      const tensors = header.tensors.map(measure);
      const weightBytes = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
      const indexBytes = tensors.reduce((sum, tensor) => sum + tensor.indexBytes, 0);
      const listBytes = lists.reduce((sum, { byteLength }) => sum + byteLength, 0);
      return { file: basename(path), path, bytes: size, headerBytes, listBytes, weightBytes, indexBytes, tensors };
    }),
  );
}
