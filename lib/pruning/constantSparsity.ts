import { isTurn, validateSparsity, validateSteps } from "./pruningSchedule.js";
import type { PruningSchedule } from "./pruningSchedule.js";

/** Arguments of `constantSparsity`. */
export interface ConstantSparsityArgs {
  /** Sparsity at each step, in [0, 1). */
  targetSparsity: number;
  /** First step at which weights are pruned, 0 or more. */
  beginStep: number;
  /** Last step at which weights are pruned, -1 for no end. Default -1. */
  endStep?: number;
  /** Steps from one renewal of the masks to the next. Default 100. */
  frequency?: number;
}

/**
 * The same sparsity from the first step on; with `endStep` equal to `beginStep` it is one-shot pruning.
 * Matches TFMOT's `ConstantSparsity`.
 *
 * @throws {RangeError} When steps or the sparsity are out of range.
 * @example
 * constantSparsity({ targetSparsity: 0.5, beginStep: 0 }).sparsity(7); // 0.5
 */
export function constantSparsity(args: ConstantSparsityArgs): PruningSchedule {
  const { targetSparsity, beginStep, endStep = -1, frequency = 100 } = args;
  const steps = { beginStep, endStep, frequency };
  validateSteps(steps, false);
  validateSparsity("targetSparsity", targetSparsity);
  return {
    className: "ConstantSparsity",
    beginStep,
    endStep,
    shouldPrune: (step) => isTurn(step, steps),
    sparsity: () => Math.fround(targetSparsity),
    getConfig: () => ({ targetSparsity, ...steps }),
  };
}
