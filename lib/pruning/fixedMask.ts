import type { PruningSchedule } from "./pruningSchedule.js";

/**
 * A schedule that never renews a mask: what is pruned was chosen before the training.
 *
 * @example
 * fixedMask().shouldPrune(100); // false
 */
export function fixedMask(): PruningSchedule {
  return {
    className: "FixedMask",
    beginStep: Infinity,
    endStep: -1,
    shouldPrune: () => false,
    sparsity: () => 0,
    getConfig: () => ({}),
  };
}
