import type { Quantizer } from "./quantizer.js";

/**
 * What a quantizer computes, as plain numbers: what the training kernels work from.
 *
 * - `fixedPoint`: `alpha · step · clip(round(x / step), low, high)`, halves to even. Its gradient is 1, or with
 *   a `ceiling` 1 where 0 < x <= ceiling and 0 elsewhere.
 * - `affine`: `scale · clip(round(x / scale), low - zeroPoint, high - zeroPoint)`, halves away from zero, the quotient in
 *   float32. Its gradient is 1 between the smallest and the largest value, both included, and 0 elsewhere.
 * - `sign`: `low` where x < 0, else `high`; gradient 1.
 * - `autoScale`: symmetric levels with a scale for each output channel; gradient 1. `unit` is 2 to the number
 *   of integer bits, `levels` the steps from the lowest to the highest value.
 * - `custom`: whatever the quantizer's own `quantize` and `slope` compute, in TypeScript.
 */
export type NumberFormat =
  | { kind: "fixedPoint"; step: number; low: number; high: number; alpha: number; ceiling: number | null }
  | { kind: "affine"; scale: number; zeroPoint: number; low: number; high: number }
  | { kind: "sign"; low: number; high: number }
  | { kind: "autoScale"; unit: number; levels: number; powerOfTwo: boolean }
  | { kind: "custom"; quantizer: Quantizer | { className: string; config: Record<string, unknown> } };
