import { isTurn, validateSparsity, validateSteps } from "./pruningSchedule.js";
import type { PruningSchedule } from "./pruningSchedule.js";

/** Arguments of `polynomialDecay`. */
export interface PolynomialDecayArgs {
  /** Sparsity at `beginStep`, in [0, 1). */
  initialSparsity: number;
  /** Sparsity from `endStep` on, in [0, 1). */
  finalSparsity: number;
  /** First step at which weights are pruned, 0 or more. */
  beginStep: number;
  /** Last step at which weights are pruned. */
  endStep: number;
  /** Exponent: the larger, the more is pruned early. Default 3. */
  power?: number;
  /** Steps from one renewal of the masks to the next. Default 100. */
  frequency?: number;
}

/**
 * Sparsity that rises fast at first and flattens out:
 * `s = final + (initial - final) (1 - (step - begin) / (end - begin))^power`.
 *
 * Zhu and Gupta 2017 (arXiv:1710.01878); matches TFMOT's `PolynomialDecay`, float32 rounding included.
 *
 * @throws {RangeError} When steps or sparsities are out of range.
 * @example
 * const schedule = polynomialDecay({ initialSparsity: 0, finalSparsity: 0.5, beginStep: 0, endStep: 1000 });
 * schedule.sparsity(500); // 0.4375
 */
export function polynomialDecay(args: PolynomialDecayArgs): PruningSchedule {
  const { initialSparsity, finalSparsity, beginStep, endStep, power = 3, frequency = 100 } = args;
  const steps = { beginStep, endStep, frequency };
  validateSteps(steps, true);
  validateSparsity("initialSparsity", initialSparsity);
  validateSparsity("finalSparsity", finalSparsity);
  const drop = Math.fround(initialSparsity - finalSparsity);
  return {
    className: "PolynomialDecay",
    beginStep,
    endStep,
    shouldPrune: (step) => isTurn(step, steps),
    sparsity: (step) => {
      const progress = endStep === beginStep ? Number(step >= endStep) : Math.fround((step - beginStep) / (endStep - beginStep));
      const left = Math.fround(1 - Math.min(Math.max(progress, 0), 1));
      return Math.fround(Math.fround(drop * Math.fround(left ** power)) + Math.fround(finalSparsity));
    },
    getConfig: () => ({ initialSparsity, finalSparsity, power, ...steps }),
  };
}
