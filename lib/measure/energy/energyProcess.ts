import type { DataType } from "./dataType.js";
import type { Operation } from "./multiplier.js";

/**
 * What operations cost in pJ: polynomials in the number of bits, the coefficient of the highest power first; of SRAM in
 * the logarithm of the bits that it holds.
 */
export interface EnergyProcess {
  /** A fixed-point addition. */
  fpmAdd: readonly number[];
  /** A fixed-point multiplication. */
  fpmMul: readonly number[];
  fp16Add: readonly number[];
  fp16Mul: readonly number[];
  fp32Add: readonly number[];
  fp32Mul: readonly number[];
  /** Access to 64 bits of a memory on the chip, by log2 of its size in bits. */
  sramRd: readonly number[];
  /** Access to memory outside, by the bits that are moved. */
  dramRd: readonly number[];
}

/**
 * 45 nm at 0.9 V: Horowitz 2014, "Computing's Energy Problem", fitted as in QTools (`config_public.py`).
 */
export const horowitz: EnergyProcess = {
  fpmAdd: [0.003125, 0],
  fpmMul: [0.002994791667, 0.001041666667, 0],
  fp16Add: [0.4],
  fp16Mul: [1.1],
  fp32Add: [0.9],
  fp32Mul: [3.7],
  sramRd: [9.02427321e-4, -2.68847858e-2, 2.08900804e-1, 0],
  dramRd: [20.3125, 0],
};

/** A polynomial, never below 0. */
export function energyAt(coefficients: readonly number[], x: number): number {
  return Math.max(coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0), 0);
}

/** Energy of one operation in pJ; logic gates cost as an addition. */
export function operationEnergy(process: EnergyProcess, operation: Operation, { kind, bits: width }: DataType, bits: number): number {
  const isFloat = kind === "float";
  if (operation === "mul") return energyAt(!isFloat ? process.fpmMul : width === 16 ? process.fp16Mul : process.fp32Mul, bits);
  return energyAt(!isFloat ? process.fpmAdd : width === 16 ? process.fp16Add : process.fp32Add, bits);
}
