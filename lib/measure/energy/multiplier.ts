import { exponentsOf } from "./dataType.js";
import type { DataType, NumberKind } from "./dataType.js";

/** What takes the place of a multiplier. */
export type Operation = "mul" | "shifter" | "add" | "mux" | "xor" | "and";

/** How weight and input are multiplied, and what comes out. */
export interface Multiplier {
  operation: Operation;
  output: DataType;
  /** Energy relative to the operation of that many bits; of logic gates relative to an adder. */
  gateFactor: number;
  gateBits: number;
}

/** What multiplies two kinds of numbers (QTools: `MultiplierFactory.multiplier_impl_table`). */
function operationOf(weight: NumberKind, input: NumberKind): Operation {
  const kinds = [weight, input];
  if (kinds.includes("float")) return "mul";
  if (kinds.includes("binary01")) return "and";
  if (weight === input && weight !== "ternary") return weight === "fixed" ? "mul" : weight === "po2" ? "add" : "xor";
  return kinds.includes("fixed") && kinds.includes("po2") ? "shifter" : "mux";
}

/** The kind of the product, from the same table. */
function productKind(weight: NumberKind, input: NumberKind): NumberKind {
  const kinds = [weight, input];
  const most = (["float", "fixed", "po2"] as const).find((kind) => kinds.includes(kind));
  return most ?? (weight === input ? weight : "ternary");
}

/** The product of a number with -1, 0 or 1: itself, its negative or 0. */
function mux(weight: DataType, input: DataType): Pick<Multiplier, "gateFactor" | "gateBits"> & { bits: number } {
  const weightSelects = weight.kind === "ternary" || weight.kind === "binary";
  const [selector, selected] = weightSelects ? [weight, input] : [input, weight];
  // Of inputs QTools takes only `binary` itself for the cheaper gate, of weights `stochastic_binary` too.
  const isBinary = weightSelects ? weight.kind === "binary" : input.name === "binary";
  const signBit = Number(selector.signed && !selected.signed);
  return { bits: selected.bits + signBit, gateFactor: isBinary ? 0.3 : 2 * 0.3, gateBits: selected.bits };
}

/** A fixed-point number times a power of two; of constant weights only so many shifts are there. */
function shifter(weight: DataType, input: DataType, values: number): Pick<Multiplier, "gateFactor" | "gateBits"> & { bits: number } {
  const [shift, number] = weight.kind === "po2" ? [weight, input] : [input, weight];
  const { below, above } = exponentsOf(shift);
  const bits = Math.trunc(number.bits + above + below) + Number(shift.signed && !number.signed);
  if (values > 0 && shift === weight) return { bits, gateFactor: 0.3 * values, gateBits: number.bits };
  const size = Math.sqrt(2 ** shift.bits * number.bits);
  return { bits, gateFactor: 1, gateBits: size * Math.log10(size) };
}

/** Bits of the product of two numbers of which one is 0 or 1. */
function andBits(weight: DataType, input: DataType, kind: NumberKind): number {
  return kind === "ternary" ? 2 : Math.max(weight.bits, input.bits);
}

/**
 * Finds how a weight and an input are multiplied in hardware (QTools: `MultiplierFactory`, `multiplier_impl`).
 *
 * @param values How many different values the weights have, where they are known to be constant powers of two; else 0.
 */
export function multiplierOf(weight: DataType, input: DataType, values = 0): Multiplier {
  const operation = operationOf(weight.kind, input.kind);
  const kind = productKind(weight.kind, input.kind);
  const signed = weight.signed || input.signed || kind === "ternary" || kind === "float";
  const po2 = weight.kind === "po2" ? weight : input;
  const product = (bits: number, maxValue: number | null = kind === "po2" ? po2.maxValue : null): DataType =>
    ({ kind, name: kind, bits, signed, maxValue });
  switch (operation) {
    case "mul": {
      const floats = [weight, input].filter((type) => type.kind === "float").map(({ bits }) => bits);
      if (floats.length > 0) return { operation, output: product(Math.max(...floats)), gateFactor: 1, gateBits: Math.max(...floats) };
      return { operation, output: product(weight.bits + input.bits), gateFactor: 1, gateBits: Math.sqrt(weight.bits * input.bits) };
    }
    case "add": {
      const bits = Math.max(weight.bits, input.bits) + 1;
      const maxValue = weight.maxValue === null || input.maxValue === null ? null : weight.maxValue * input.maxValue;
      return { operation, output: product(bits, maxValue), gateFactor: 1, gateBits: bits };
    }
    case "shifter": {
      const { bits, ...gate } = shifter(weight, input, values);
      return { operation, output: product(bits), ...gate };
    }
    case "mux": {
      const { bits, ...gate } = mux(weight, input);
      return { operation, output: product(bits), ...gate };
    }
    case "xor":
      return { operation, output: product(Math.max(weight.bits, input.bits)), gateFactor: 0.3, gateBits: 1 };
    case "and": {
      const bits = andBits(weight, input, kind);
      return { operation, output: product(bits), gateFactor: 0.1, gateBits: bits };
    }
  }
}
