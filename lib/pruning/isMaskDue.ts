import type { PruningBehaviour } from "./magnitudeMask.js";
import type { PruningPattern } from "./pruningPattern.js";
import type { PruningSchedule } from "./pruningSchedule.js";

/**
 * Whether masks are renewed before a step: on the schedule's turns, and in the "exact" behaviour at its begin and
 * its end too. The pattern m by n is chosen once, before the first step (TFMOT) or at the schedule's begin.
 *
 * @param step Steps count from 1; what is due at step 0 is due at the first step.
 */
export function isMaskDue(
  schedule: PruningSchedule,
  { behaviour, pattern }: { behaviour: PruningBehaviour; pattern: PruningPattern },
  step: number,
): boolean {
  const atBegin = step === Math.max(schedule.beginStep, 1);
  if (pattern.sparsityMByN) return behaviour === "exact" ? atBegin : step === 1;
  const atEnd = schedule.endStep !== -1 && step === Math.max(schedule.endStep, 1);
  return schedule.shouldPrune(step) || (behaviour === "exact" && (atBegin || atEnd));
}
