import type { Arena } from "../../wasm/arena.js";
import { roundUp } from "../../wasm/signal.js";
import { stepOf } from "../integerFormat.js";
import type { IntegerLayer, IntegerProgram } from "../program.js";
import { ROWS } from "./placedProgram.js";
import type { PlacedProgram } from "./placedProgram.js";
import { placeRequantization } from "./placeRequantization.js";

/** Writes whole numbers below 2^53 as int64. */
function write(arena: Arena, address: number, values: Float64Array): void {
  new BigInt64Array(arena.numbers.buffer, address, values.length).set(BigInt64Array.from(values, BigInt));
}

/** Addresses: x codes, y sums, next codes of the next layer. Distances of rows are the sizes, the input's is given. */
function placeLayer(
  arena: Arena, layer: IntegerLayer, x: number, xStride: number, y: number, next: number,
): (rows: number) => void {
  const { kernels } = arena;
  const { inputs, units, weights, sumShifts, bias, output } = layer;
  const byUnit = new Float64Array(weights.length);
  for (let i = 0; i < weights.length; i++) {
    const unit = i % units;
    // What sums would have to be shifted by.
    byUnit[unit * inputs + (i - unit) / units] = weights[i] * 2 ** sumShifts[unit];
  }
  const w = arena.allocate(2 * weights.length);
  const b = arena.allocate(2 * units);
  write(arena, w, byUnit);
  write(arena, b, bias);
  const dense = (rows: number): void => kernels.integerDense64(x, xStride, w, inputs, b, y, units, rows, units);
  if (!output) return dense;
  const { kind, low, high, zeroPoint } = output.format;
  const [l, h, isAway] = [low - zeroPoint, high - zeroPoint, kind === "affine"];
  const { multipliers, shifts } = placeRequantization(arena, output.requantization);
  return (rows) => {
    dense(rows);
    kernels.requantize32(y, units, multipliers, shifts, next, units, rows, units, l, h, -zeroPoint, isAway);
  };
}

/** A program of any widths, with codes of 32 bits and sums of 64: right rather than fast. */
export function placeWide(arena: Arena, { inputs, input, layers }: IntegerProgram): PlacedProgram {
  const { kernels } = arena;
  const stride = roundUp(inputs, 8);
  const x = arena.allocate(ROWS * stride);
  const codes = [stride, ...layers.map(({ units }) => units)].map((size) => arena.allocate(ROWS * size));
  const sums = arena.allocate(2 * ROWS * Math.max(...layers.map(({ units }) => units)));
  const placed = layers.map((layer, i) => {
    return placeLayer(arena, layer, codes[i], i === 0 ? stride : layer.inputs, sums, codes[i + 1]);
  });
  const [name, factor] = input.kind === "affine" ? (["affineCodes32", input.scale] as const) : (["integerCodes32", 2 ** input.fractionBits] as const);
  const [low, high] = [input.low - input.zeroPoint, input.high - input.zeroPoint];
  const { units, steps, output } = layers[layers.length - 1];
  const zeroPoint = output?.format.zeroPoint ?? 0;
  // Nothing is allocated from here on, so that views stay valid.
  const { buffer } = arena.numbers;
  const last = new Int32Array(buffer, codes[layers.length], ROWS * units);
  const words = new Int32Array(buffer, sums, 2 * ROWS * units);
  return {
    accumulatorBits: 64,
    weightBytes: layers.reduce((sum, { weights }) => sum + 8 * weights.length, 0),
    x,
    forward(rows) {
      kernels[name](x, codes[0], rows * stride, factor, low, high, -input.zeroPoint);
      for (const forward of placed) forward(rows);
    },
    read(logits, rows) {
      for (let i = 0; i < rows * units; i++) {
        const sum = words[2 * i + 1] * 2 ** 32 + (words[2 * i] >>> 0);
        logits[i] = output ? (last[i] - zeroPoint) * stepOf(output.format) : sum * steps[i % units];
      }
    },
  };
}
