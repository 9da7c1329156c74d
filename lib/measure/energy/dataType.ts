import { Bernoulli } from "../../quantizers/bernoulli.js";
import { Binary } from "../../quantizers/binary.js";
import { getQuantizer } from "../../quantizers/getQuantizer.js";
import type { QuantizerIdentifier } from "../../quantizers/getQuantizer.js";
import { QuantizedAffine } from "../../quantizers/quantizedAffine.js";
import { QuantizedBits } from "../../quantizers/quantizedBits.js";
import { QuantizedPo2 } from "../../quantizers/quantizedPo2.js";
import { QuantizedRelu } from "../../quantizers/quantizedRelu.js";
import { QuantizedReluPo2 } from "../../quantizers/quantizedReluPo2.js";
import { QuantizedTanh } from "../../quantizers/quantizedTanh.js";
import { QuantizedUlaw } from "../../quantizers/quantizedUlaw.js";
import type { Quantizer } from "../../quantizers/quantizer.js";
import { Ternary } from "../../quantizers/ternary.js";

/** What multiplies differently in hardware: the rows and columns of QTools's table of multipliers. */
export type NumberKind = "fixed" | "po2" | "ternary" | "binary" | "binary01" | "float";

/** A number as hardware sees it (QTools: `IQuantizer`). */
export interface DataType {
  kind: NumberKind;
  /** QKeras's name of the format, by which QTools tells some of them apart. */
  name: string;
  bits: number;
  signed: boolean;
  /** Of powers of two the largest value, where one is set. */
  maxValue: number | null;
}

/** A format: a quantizer in any form, or one of QTools's names of floating point, "fp32" and "fp16". */
export type DataTypeIdentifier = QuantizerIdentifier;

const floatType = (bits: 16 | 32): DataType => ({ kind: "float", name: "floating_point", bits, signed: true, maxValue: null });

/** Numbers in fixed point, as sums are. */
export const fixedType = (bits: number, signed: boolean): DataType =>
  ({ kind: "fixed", name: "quantized_bits", bits, signed, maxValue: null });

/**
 * How QTools sees the numbers of a quantizer (QTools: `QuantizerFactory`). Affine codes, which it does not know, count
 * as fixed point of as many bits; what a zero point costs is left out.
 *
 * @throws {TypeError} When QTools does not know the format.
 */
export function dataTypeOf(quantizer: Quantizer): DataType {
  const { className: name, bits } = quantizer;
  const type = (kind: NumberKind, signed: boolean): DataType => ({ kind, name, bits, signed, maxValue: null });
  // Not quantized_hswish, which is made from it.
  if (quantizer instanceof QuantizedBits && name === "quantized_bits") return type("fixed", quantizer.keepNegative);
  if (quantizer instanceof QuantizedRelu) {
    const isBinary = bits === 1 && quantizer.integer === 1;
    return type(isBinary ? "binary01" : "fixed", quantizer.negativeSlope !== 0);
  }
  if (quantizer instanceof QuantizedTanh || quantizer instanceof QuantizedUlaw) return type("fixed", true);
  if (quantizer instanceof QuantizedAffine) return type("fixed", quantizer.signed);
  if (quantizer instanceof QuantizedPo2) return { ...type("po2", true), maxValue: quantizer.maxValue };
  if (quantizer instanceof QuantizedReluPo2) return { ...type("po2", false), maxValue: quantizer.maxValue };
  if (quantizer instanceof Bernoulli) return type("binary01", false);
  if (quantizer instanceof Ternary) return type("ternary", true);
  if (quantizer instanceof Binary) return type(quantizer.use01 ? "binary01" : "binary", !quantizer.use01);
  throw new TypeError(
    "Expected a format that QTools knows (quantized_bits, quantized_relu, quantized_tanh, quantized_ulaw, powers of two, " +
      `ternary, binary, affine) but found ${quantizer}.`,
  );
}

/** As `dataTypeOf`, of whatever names a format. */
export function toDataType(identifier: DataTypeIdentifier): DataType {
  if (identifier === "fp32") return floatType(32);
  if (identifier === "fp16") return floatType(16);
  return dataTypeOf(getQuantizer(identifier));
}

/**
 * How far the exponents of powers of two reach below and above 0 (QTools: `get_exp`).
 *
 * @returns Both counted from 0 up; above is 0 where no value is above 1.
 */
export function exponentsOf({ bits, signed, maxValue }: DataType): { below: number; above: number } {
  const below = 2 ** (bits - Number(signed) - 1);
  const most = maxValue === null ? below - 1 : Math.min(Math.ceil(Math.log2(maxValue)), below - 1);
  return { below, above: Math.max(most, 0) };
}
