import { quantizedRelu, QuantizedRelu } from "../../lib/quantizers/quantizedRelu.js";
import type { QuantizedCodes, Quantizer } from "../../lib/quantizers/quantizer.js";

/** How far a value must keep from a boundary. */
export interface Margin {
  /** From the boundary between two codes, in steps. */
  steps: number;
  /** From that boundary and from where a gradient jumps, at least. */
  gate: number;
}

const MARGIN: Margin = { steps: 1e-3, gate: 1e-5 };

/** The step that a value of a matrix [rows, columns] or of a vector belongs to. */
function stepOf(step: Float32Array, stepShape: readonly number[], columns: number, index: number): number {
  if (step.length === 1) return Math.abs(step[0]);
  const isRow = stepShape.length === 2 && stepShape[1] === 1;
  return Math.abs(step[isRow ? Math.floor(index / columns) : index % step.length]);
}

/**
 * Which values lie so near to a boundary of a format that a rounding error may carry them over it: they change
 * their code, or their slope jumps, when all move a little to or from zero.
 */
export function nearBoundary(
  quantizer: Quantizer,
  x: Float32Array,
  shape: readonly number[],
  margin: Margin = MARGIN,
): boolean[] {
  const { codes, step, stepShape } = encode(quantizer, x, shape);
  const columns = shape[shape.length - 1];
  const isPo2 = quantizer.className.endsWith("po2");
  const distance = (value: number, i: number): number =>
    Math.max(margin.gate, margin.steps * (isPo2 ? Math.abs(value) : stepOf(step, stepShape, columns, i)));
  const near = new Array<boolean>(x.length).fill(false);
  const slopes = quantizer.slope(x);
  for (const direction of [-1, 1]) {
    const moved = x.map((value, i) => value + direction * (Math.sign(value) || 1) * distance(value, i));
    const other = encode(quantizer, moved, shape);
    const scaled = other.step.some((s, i) => !(Math.abs(s - step[i]) <= 0.05 * Math.abs(step[i])));
    const otherSlopes = quantizer.slope(moved);
    for (let i = 0; i < x.length; i++) {
      const jumps = typeof slopes !== "number" && Math.abs(slopes[i] - (otherSlopes as Float32Array)[i]) > 0.05;
      if (scaled || jumps || codes[i] !== other.codes[i]) near[i] = true;
    }
  }
  return near;
}

/** Codes and steps of a format; of a ReLU with a bound of its own, which is on no grid, those without the bound. */
function encode(quantizer: Quantizer, x: Float32Array, shape: readonly number[]): QuantizedCodes {
  const isBounded = quantizer instanceof QuantizedRelu && !quantizer.isQuantizedClip;
  return (isBounded ? quantizedRelu(quantizer.bits, quantizer.integer) : quantizer).encode(x, shape);
}

/** Which values lie at the gate of a ReLU. */
export const nearGate = (x: Float32Array): boolean[] => Array.from(x, (value) => Math.abs(value) < MARGIN.gate);
