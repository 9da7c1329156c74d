import type { Arena } from "../../wasm/arena.js";
import { roundUp } from "../../wasm/signal.js";
import { stepOf } from "../integerFormat.js";
import type { IntegerFormat, IntegerLayer, IntegerProgram } from "../program.js";
import { ROWS } from "./placedProgram.js";
import type { PlacedProgram } from "./placedProgram.js";
import { placeRequantization } from "./placeRequantization.js";
import { fits, PANEL, placeWeights } from "./placeWeights.js";

/** Codes of 16 bits without a sign are kept less 2^15, so that they fit into int16. */
const offsetOf = ({ bits, signed }: IntegerFormat): number => (bits === 16 && !signed ? 2 ** 15 : 0);

/** What codes that are counted from 0 on, which stands for 0, are kept less. */
const zeroOffsetOf = (format: IntegerFormat): number => offsetOf(format) - format.zeroPoint;

/** Weights that sums need not be shifted for any more. */
function shiftedWeights({ units, weights, sumShifts }: IntegerLayer): Float64Array {
  return Float64Array.from(weights, (weight, i) => weight * 2 ** sumShifts[i % units]);
}

/** Whether codes and weights fit into 16 bits and sums into 32. */
export const isNarrow = ({ input, layers }: IntegerProgram): boolean =>
  input.bits <= 16 &&
  layers.every((layer) => {
    const { accumulator, output } = layer;
    return accumulator.bits <= 32 && (output?.format.bits ?? 0) <= 16 && fits(shiftedWeights(layer), 16);
  });

/** A layer in memory: what it does with codes at an address, for some rows. */
interface PlacedLayer {
  bytes: number;
  forward(rows: number): void;
}

/** A bias for an input whose codes are kept less an offset: what that takes from the sums is added, modulo 2^32. */
function placeBias(arena: Arena, layer: IntegerLayer, offset: number): number {
  const { units, bias } = layer;
  const weights = shiftedWeights(layer);
  const sums = Float64Array.from(bias);
  for (let i = 0; i < weights.length; i++) sums[i % units] += offset * weights[i];
  const address = arena.allocate(roundUp(units, PANEL));
  new Int32Array(arena.numbers.buffer, address, units).set(sums.map((sum) => sum | 0));
  return address;
}

/** Addresses: x codes, y sums, next codes of the next layer. */
function placeLayer(arena: Arena, layer: IntegerLayer, offset: number, x: number, y: number, next: number): PlacedLayer {
  const { kernels } = arena;
  const { inputs, units, output } = layer;
  const { address: w, bits, bytes } = placeWeights(arena, { inputs, units, weights: shiftedWeights(layer) });
  const bias = placeBias(arena, layer, offset);
  const [pairs, xStride, yStride] = [Math.ceil(inputs / 2), roundUp(inputs, PANEL), roundUp(units, PANEL)];
  const name = bits === 8 ? "integerDense8" : "integerDense16";
  const dense = (rows: number): void => kernels[name](x, xStride, w, pairs, bias, y, yStride, rows, units);
  if (!output) return { bytes, forward: dense };
  const { kind, low, high, zeroPoint } = output.format;
  const { multipliers, shifts } = placeRequantization(arena, output.requantization);
  const isAway = kind === "affine";
  const [l, h, o] = [low - zeroPoint, high - zeroPoint, zeroOffsetOf(output.format)];
  return {
    bytes,
    forward(rows) {
      dense(rows);
      kernels.requantize16(y, yStride, multipliers, shifts, next, yStride, rows, units, l, h, o, isAway);
    },
  };
}

/** A program of at most 16 bits with sums of 32, for the SIMD kernels. */
export function placeNarrow(arena: Arena, { inputs, input, layers }: IntegerProgram): PlacedProgram {
  const { kernels } = arena;
  const stride = roundUp(inputs, PANEL);
  const x = arena.allocate(ROWS * stride);
  // Codes of the input and of what each layer puts out, int16.
  const codes = [inputs, ...layers.map(({ units }) => units)].map((size) => arena.allocate((ROWS * roundUp(size, PANEL)) / 2));
  const sums = arena.allocate(ROWS * roundUp(Math.max(...layers.map(({ units }) => units)), PANEL));
  let format = input;
  const placed = layers.map((layer, i) => {
    const made = placeLayer(arena, layer, offsetOf(format), codes[i], sums, codes[i + 1]);
    if (layer.output) format = layer.output.format;
    return made;
  });
  const { units, steps, output } = layers[layers.length - 1];
  const outputStride = roundUp(units, PANEL);
  const [name, factor] = input.kind === "affine" ? (["affineCodes16", input.scale] as const) : (["integerCodes16", 2 ** input.fractionBits] as const);
  const [low, high, offset] = [input.low - input.zeroPoint, input.high - input.zeroPoint, zeroOffsetOf(input)];
  // Nothing is allocated from here on, so that views stay valid.
  const { buffer } = arena.numbers;
  const results = output
    ? new Int16Array(buffer, codes[layers.length], ROWS * outputStride)
    : new Int32Array(buffer, sums, ROWS * outputStride);
  const added = output ? zeroOffsetOf(output.format) : 0;
  const resultSteps = output ? new Float64Array(units).fill(stepOf(output.format)) : steps;
  return {
    accumulatorBits: 32,
    weightBytes: placed.reduce((sum, { bytes }) => sum + bytes, 0),
    x,
    forward(rows) {
      kernels[name](x, codes[0], rows * stride, factor, low, high, offset);
      for (const layer of placed) layer.forward(rows);
    },
    read(logits, rows) {
      for (let row = 0, to = 0; row < rows; row++) {
        const from = row * outputStride;
        for (let unit = 0; unit < units; unit++) logits[to++] = (results[from + unit] + added) * resultSteps[unit];
      }
    },
  };
}
