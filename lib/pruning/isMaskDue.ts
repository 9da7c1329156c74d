import type { PruningBehaviour } from "./magnitudeMask.js";
import type { PruningSchedule } from "./pruningSchedule.js";

/**
 * Whether masks are renewed before a step: on the schedule's turns, and in the "exact" behaviour at its begin and
 * its end too.
 *
 * @param step Steps count from 1; what is due at step 0 is due at the first step.
 */
export function isMaskDue(schedule: PruningSchedule, behaviour: PruningBehaviour, step: number): boolean {
  const atBegin = step === Math.max(schedule.beginStep, 1);
  const atEnd = schedule.endStep !== -1 && step === Math.max(schedule.endStep, 1);
  return schedule.shouldPrune(step) || (behaviour === "exact" && (atBegin || atEnd));
}
