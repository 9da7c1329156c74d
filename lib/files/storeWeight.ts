import type { QuantizedCodes, Quantizer } from "../quantizers/quantizer.js";
import type { Values } from "../sparse/denseMatrix.js";
import type { StoredTensor } from "./format.js";
import { packNumbers, packSparse } from "./sparseTensor.js";
import type { SparseIndex } from "./sparseTensor.js";

/** How a kernel is stored: with all its numbers, without its zeros, or as it takes the fewest bytes. */
export type WeightEncoding = "dense" | SparseIndex["encoding"] | "auto";

const encodings: readonly WeightEncoding[] = ["dense", "bitmap", "csr", "relative", "auto"];

/** Throws a RangeError unless a weight can be stored so. */
export function checkEncoding(encoding: WeightEncoding): void {
  if (!encodings.includes(encoding)) throw new RangeError(`Expected encoding to be one of ${encodings.join(", ")} but found ${String(encoding)}.`);
}

/** A format of powers of two can reach further than its codes. */
function encodeIfPossible(quantizer: Quantizer, values: Float32Array, shape: number[]): QuantizedCodes | null {
  try {
    return quantizer.encode(values, shape);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Whether a quantizer has no codes but -1 and 1, from what it makes of zeros: one bit then holds a code. */
export const areSigns = ({ codes, bits, signed }: QuantizedCodes): boolean =>
  bits === 2 && signed && codes.length > 0 && codes.every((code) => code === 1 || code === -1);

/** A weight's numbers as a file holds them, before zeros are left out. */
interface Numbers {
  tensor: StoredTensor;
  /** The values, or their quantizer's integers. */
  values: Values;
  /** An automatic scale. */
  step: Float32Array | null;
  /** Whether a number that is zero stands for a weight that is. */
  zeroIsZero: boolean;
}

function quantizeIfPossible(name: string, values: Float32Array, shape: number[], quantizer: Quantizer | null): Numbers {
  const full: Numbers = { tensor: { name, shape, kind: "float32" }, values, step: null, zeroIsZero: true };
  if (!quantizer || (quantizer.getConfig().qnoise_factor ?? 1) !== 1) return full;
  const quantized = encodeIfPossible(quantizer, values, shape);
  if (!quantized) return full;
  // Reading knows the quantizer but not the numbers: where they decide the zero point, they decide the format too.
  const own = quantizer.encode(new Float32Array(values.length), shape);
  if (own.bits !== quantized.bits || own.signed !== quantized.signed) return full;
  // Only what computes the same after reading may be packed: an automatic scale is found anew from
  // the quantized weights, and may come out differently.
  const decoded = quantizer.decode(quantized, shape);
  const before = quantizer.quantize(values, shape);
  const after = quantizer.quantize(decoded, shape);
  if (!before.every((value, i) => value === after[i])) return full;
  const { bits, signed, codes, step, stepShape } = quantized;
  const automatic = quantizer.hasAutomaticScale;
  return {
    tensor: { name, shape, ...(areSigns(own) ? { kind: "sign" } : { kind: "packed", bits, signed }), ...(automatic && { stepShape }) },
    values: codes,
    step: automatic ? step : null,
    zeroIsZero: codes.every((code, i) => code !== 0 || decoded[i] === 0),
  };
}

/** The tensor in one encoding, after its scale. */
function pack({ tensor, values, step }: Numbers, encoding: "dense" | SparseIndex["encoding"]): [StoredTensor, Uint8Array] {
  const scale = step ? packNumbers(step, { kind: "float32" }) : new Uint8Array(0);
  if (encoding === "dense") return [tensor, Buffer.concat([scale, packNumbers(values, tensor)])];
  const [sparse, bytes] = packSparse(values, tensor.shape, tensor, encoding);
  return [{ ...tensor, sparse }, Buffer.concat([scale, bytes])];
}

/** What a weight adds to a file: its bytes, and what the header says of it. */
const cost = ([tensor, bytes]: [StoredTensor, Uint8Array]): number => bytes.length + JSON.stringify(tensor).length;

/** A weight as a file holds it: what the header says of it, and its bytes. */
export function storeWeight(
  name: string,
  values: Float32Array,
  shape: number[],
  quantizer: Quantizer | null,
  encoding: WeightEncoding,
): [StoredTensor, Uint8Array] {
  const numbers = quantizeIfPossible(name, values, shape, quantizer);
  // Vectors are short and not pruned.
  if (encoding === "dense" || shape.length < 2 || !numbers.zeroIsZero) return pack(numbers, "dense");
  if (encoding !== "auto") return pack(numbers, encoding);
  const packed = encodings.filter((each) => each !== "auto").map((each) => pack(numbers, each));
  return packed.reduce((best, other) => (cost(other) < cost(best) ? other : best));
}
