import type { ActivationLayer } from "../network/network.js";
import { UnsupportedModel } from "../network/unsupportedModel.js";
import type { NumberFormat } from "../quantizers/numberFormat.js";
import { exponentOf } from "./exponentOf.js";
import type { IntegerFormat } from "./program.js";

/** The distance of the values of neighbouring codes. */
export const stepOf = ({ scale, fractionBits }: IntegerFormat): number => scale * 2 ** -fractionBits;

/** The distance of the real numbers that become neighbouring codes: the step, but for a factor alpha of a fixed-point format. */
export const gridOf = ({ kind, scale, fractionBits }: IntegerFormat): number => (kind === "affine" ? scale : 2 ** -fractionBits);

/** Why a format is none of integers. */
function reasonAgainst(format: Exclude<NumberFormat, { kind: "fixedPoint" | "affine" }>): string {
  if (format.kind === "custom" && format.quantizer.className === "quantized_affine") {
    return "quantized_affine without one fixed range: give it min and max, or scale and zero_point, and at most 16 bits";
  }
  const name = format.kind === "custom" ? format.quantizer.className : format.kind === "sign" ? "a format of one bit" : "an automatic scale";
  const others = "quantized_bits with a number as alpha, quantized_relu, or quantized_affine with a range";
  return `${name}, which does more than round and clip: use ${others}`;
}

/**
 * The codes of a quantized activation.
 *
 * @param where What it quantizes, for messages.
 * @throws {UnsupportedModel} When it does more than round and clip.
 */
export function integerFormat(where: string, { activation }: ActivationLayer): IntegerFormat {
  if (typeof activation === "string") {
    throw new UnsupportedModel(`${where} goes through ${activation} in real numbers: quantize it`);
  }
  if (activation.kind !== "fixedPoint" && activation.kind !== "affine") {
    throw new UnsupportedModel(`${where} goes through ${reasonAgainst(activation)}`);
  }
  const { low, high } = activation;
  const signed = low < 0;
  const bits = Math.ceil(Math.log2(high + 1)) + Number(signed);
  if (bits + Number(!signed) > 32) throw new UnsupportedModel(`${where} has ${bits} bits without a sign, of at most 31`);
  if (activation.kind === "affine") {
    const { scale, zeroPoint } = activation;
    return { kind: "affine", bits, signed, fractionBits: 0, scale, zeroPoint, low, high };
  }
  const { step, alpha } = activation;
  if (!(alpha > 0)) throw new UnsupportedModel(`${where} has the alpha ${alpha}, which is not above 0`);
  // The step of a fixed-point format is a power of two.
  const fractionBits = -(exponentOf(step) ?? 0);
  return { kind: "fixedPoint", bits, signed, fractionBits, scale: Math.fround(alpha), zeroPoint: 0, low, high };
}
