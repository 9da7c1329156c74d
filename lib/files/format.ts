import { createHash } from "node:crypto";
import { packedBytes } from "../data/bits.js";
import { sizeOf } from "../data/shape.js";
import { bitsOf, sparseBytes, unpackNumbers } from "./sparseTensor.js";
import type { NumberKind, SparseIndex } from "./sparseTensor.js";

/*
 * A model file, little-endian:
 *
 *   0   "TFCM"
 *   4   version, uint32
 *   8   length of the header in bytes, uint32
 *  12   sha256 of all the rest, 32 bytes
 *  44   header: JSON, UTF-8 — the layers and, in order, how each weight is stored
 *       lists of numbers in the layers' quantizers, float32: scales of channels, codebooks; a quantizer's string has
 *       "[@i]" in the place of the i-th
 *       weights, one after the other as the header lists them, without gaps
 *
 * A weight is stored as "float32", or as "packed": its quantizer's integers, `bits` bits each (see
 * data/bits.ts), or as "sign" where these are -1 and 1 only: a bit each, 1 for -1. An automatic scale stands before the
 * integers as float32, one number a channel.
 *
 * With `sparse` only the numbers that are not zero are stored, float32 or packed, and after them an index that says
 * where they stand in the matrix [all axes but the last, last axis]:
 *
 *   bitmap    a bit a number, row after row, lowest first
 *   csr       the columns, ceil(log2(columns)) bits each; then where rows begin, rows + 1 numbers of
 *             ceil(log2(entries + 1)) bits each
 *   relative  distances from one entry to the next less 1, `indexBits` bits each; zeros among the numbers are fillers
 *
 * Numbers, columns, row starts and distances each begin at a byte. An index is thus as short as its kind can be, so
 * that sizes compare the kinds and not how wide their numbers happen to be; kernels compute with wider ones.
 */
export const MAGIC = "TFCM";
export const VERSION = 1;
export const PREFIX_BYTES = 44;

/** How one weight is stored; without `sparse` all its numbers are there. */
export type StoredTensor = { name: string; shape: number[]; stepShape?: number[]; sparse?: SparseIndex } & NumberKind;

/** The JSON part of a model file. */
export interface Header {
  /** "Sequential" or the class of a functional model. */
  model: string;
  /** What tfjs's `getConfig` gives, without what only training needs. */
  config: Record<string, unknown>;
  /** Lengths of the lists of numbers in the layers' quantizers; none where there are none. */
  lists?: number[];
  tensors: StoredTensor[];
}

/** Numbers of an automatic scale. */
export const stepsOf = ({ stepShape }: StoredTensor): number => (stepShape ? sizeOf(stepShape) : 0);

/** Bytes a weight takes in the file: its numbers with their scales, and the index of a sparse one. */
export function storedBytes(tensor: StoredTensor): { values: number; index: number } {
  const { shape, sparse } = tensor;
  const bits = bitsOf(tensor);
  const numbers = packedBytes(sparse ? sparse.entries : sizeOf(shape), bits);
  return { values: 4 * stepsOf(tensor) + numbers, index: sparse ? sparseBytes(shape, sparse, bits) - numbers : 0 };
}

/** sha256 of the fields before it and of the body after it. */
const digest = (prefix: Buffer, body: Buffer): Buffer => createHash("sha256").update(prefix.subarray(0, 12)).update(body).digest();

/** Puts a file together. */
export function encodeFile(header: Header, data: Uint8Array[]): Uint8Array {
  const json = Buffer.from(JSON.stringify(header), "utf8");
  const body = Buffer.concat([json, ...data]);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC, 0, "latin1");
  prefix.writeUInt32LE(VERSION, 4);
  prefix.writeUInt32LE(json.length, 8);
  digest(prefix, body).copy(prefix, 12);
  return Buffer.concat([prefix, body]);
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isInteger(size) && size >= 0 && size <= 2 ** 31);
}

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

function isNumberKind(tensor: StoredTensor): boolean {
  if (tensor.kind === "float32") return tensor.stepShape === undefined;
  const isPacked = tensor.kind === "packed" && isWhole(tensor.bits, 1, 32) && typeof tensor.signed === "boolean";
  return (isPacked || tensor.kind === "sign") && (tensor.stepShape === undefined || isShape(tensor.stepShape));
}

function isSparseIndex(sparse: SparseIndex | null, numbers: number): boolean {
  if (typeof sparse !== "object" || sparse === null || !isWhole(sparse.entries, 0, Math.min(numbers, 2 ** 31))) return false;
  if (sparse.encoding === "relative") return isWhole(sparse.indexBits, 1, 16);
  return sparse.encoding === "bitmap" || sparse.encoding === "csr";
}

function checkTensor(value: unknown, file: string): StoredTensor {
  const tensor = value as StoredTensor;
  const valid =
    typeof value === "object" &&
    value !== null &&
    typeof tensor.name === "string" &&
    isShape(tensor.shape) &&
    isNumberKind(tensor) &&
    (tensor.sparse === undefined || isSparseIndex(tensor.sparse, sizeOf(tensor.shape)));
  if (!valid) throw new SyntaxError(`${file}: expected the description of a weight but found ${JSON.stringify(value)}.`);
  return tensor;
}

function parseHeader(text: string, file: string): Header {
  try {
    return JSON.parse(text) as Header;
  } catch (error) {
    throw new SyntaxError(`${file}: its header is not JSON: ${(error as Error).message}`);
  }
}

/** What a file holds. */
export interface DecodedFile {
  header: Header;
  headerBytes: number;
  /** Lists of numbers in the quantizers. */
  lists: Float32Array[];
  /** The bytes of each weight. */
  data: Uint8Array[];
}

/**
 * Takes a file apart, checking everything before anything is used.
 *
 * @param file Name for messages.
 * @throws {SyntaxError} When the bytes are no model file, or damaged.
 */
export function decodeFile(bytes: Uint8Array, file: string): DecodedFile {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = buffer.toString("latin1", 0, 4);
  if (magic !== MAGIC) throw new SyntaxError(`${file} is not a model file: expected it to begin with ${MAGIC} but found ${JSON.stringify(magic)}.`);
  if (buffer.length < PREFIX_BYTES) throw new SyntaxError(`${file} is cut off: expected at least ${PREFIX_BYTES} bytes but found ${buffer.length}.`);
  const version = buffer.readUInt32LE(4);
  if (version !== VERSION) throw new SyntaxError(`${file}: expected version ${VERSION} of the format but found ${version}.`);
  const length = buffer.readUInt32LE(8);
  const body = buffer.subarray(PREFIX_BYTES);
  if (length > body.length) throw new SyntaxError(`${file} is cut off: its header has ${length} bytes but only ${body.length} are there.`);
  if (!digest(buffer, body).equals(buffer.subarray(12, PREFIX_BYTES))) {
    throw new SyntaxError(`${file} is damaged: its contents do not have the sha256 it was written with. Write it again with writeModel.`);
  }
  const header = parseHeader(body.toString("utf8", 0, length), file);
  if (typeof header?.model !== "string" || typeof header.config !== "object" || header.config === null || !Array.isArray(header.tensors)) {
    throw new SyntaxError(`${file}: expected a header with model, config and tensors but found ${body.toString("utf8", 0, Math.min(length, 80))}.`);
  }
  const { lists: lengths = [] } = header;
  if (!isShape(lengths)) throw new SyntaxError(`${file}: expected lengths of lists but found ${JSON.stringify(lengths)}.`);
  let offset = length;
  const lists = lengths.map((count, i) => {
    if (offset + 4 * count > body.length) {
      throw new SyntaxError(`${file} is cut off: list ${i} needs ${4 * count} bytes but ${body.length - offset} are left.`);
    }
    const list = unpackNumbers(body.subarray(offset), count, { kind: "float32" }) as Float32Array;
    offset += 4 * count;
    return list;
  });
  const data: Uint8Array[] = [];
  for (const tensor of header.tensors) {
    const { values, index } = storedBytes(checkTensor(tensor, file));
    const size = values + index;
    if (offset + size > body.length) throw new SyntaxError(`${file} is cut off: ${tensor.name} needs ${size} bytes but ${body.length - offset} are left.`);
    data.push(body.subarray(offset, offset + size));
    offset += size;
  }
  if (offset !== body.length) throw new SyntaxError(`${file}: ${body.length - offset} bytes follow the last weight.`);
  return { header, headerBytes: PREFIX_BYTES + length, lists, data };
}
