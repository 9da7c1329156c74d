import { constantSparsity } from "./constantSparsity.js";
import type { ConstantSparsityArgs } from "./constantSparsity.js";
import { fixedMask } from "./fixedMask.js";
import { polynomialDecay } from "./polynomialDecay.js";
import type { PolynomialDecayArgs } from "./polynomialDecay.js";
import type { PruningSchedule } from "./pruningSchedule.js";

/** A schedule as a layer's config or a plain network holds it. */
export type ScheduleConfig = { className: string; config: Record<string, number> };

/**
 * The schedule that a config names, or the schedule itself.
 *
 * @throws {RangeError} When there is no schedule of that name.
 */
export function getPruningSchedule(schedule: PruningSchedule | ScheduleConfig): PruningSchedule {
  if ("shouldPrune" in schedule) return schedule;
  const { className, config } = schedule;
  if (className === "ConstantSparsity") return constantSparsity(config as unknown as ConstantSparsityArgs);
  if (className === "PolynomialDecay") return polynomialDecay(config as unknown as PolynomialDecayArgs);
  if (className === "FixedMask") return fixedMask();
  throw new RangeError(`Expected a pruning schedule, ConstantSparsity, PolynomialDecay or FixedMask, but found "${className}".`);
}
