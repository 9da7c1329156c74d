import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { decodeFile, storedBytes } from "./format.js";
import { readBytes } from "./readModel.js";

/** What a model file measures. */
export interface FileSize {
  /** Name of the file without its folder. */
  file: string;
  path: string;
  /** Size on disk, what `ls -l` shows. */
  bytes: number;
  /** Of the contents, before gzip: description of the layers. */
  headerBytes: number;
  /** Of the contents, before gzip: weights. */
  weightBytes: number;
  /** Each weight as it is stored. */
  tensors: { name: string; kind: string; bits: number; numbers: number; bytes: number }[];
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
      const { header, headerBytes } = decodeFile(await readBytes(path), path);
      const tensors = header.tensors.map((tensor) => ({
        name: tensor.name,
        kind: tensor.kind,
        bits: tensor.kind === "packed" ? tensor.bits : 32,
        numbers: tensor.shape.reduce((a, b) => a * b, 1),
        bytes: storedBytes(tensor),
      }));
      const weightBytes = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
      return { file: basename(path), path, bytes: size, headerBytes, weightBytes, tensors };
    }),
  );
}
