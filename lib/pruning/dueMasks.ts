import { chooseMasks } from "./chooseMasks.js";
import { isMaskDue } from "./isMaskDue.js";
import type { PruningBehaviour } from "./magnitudeMask.js";
import type { PruningPattern } from "./pruningPattern.js";
import type { PruningSchedule } from "./pruningSchedule.js";

/** A tensor that is pruned while it trains. */
export interface PrunedTensor {
  readonly shape: readonly number[];
  readonly schedule: PruningSchedule;
  readonly behaviour: PruningBehaviour;
  readonly pattern: PruningPattern;
  /** The weights as they are now. */
  values(): Float32Array;
  /** The mask so far. */
  maskValues(): Float32Array;
}

/** The masks of tensors that are pruned alike. */
function masksAt(tensors: readonly PrunedTensor[], step: number): Float32Array[] {
  const [{ schedule, behaviour, pattern }] = tensors;
  const layers = tensors.map((tensor) => ({ values: tensor.values(), shape: tensor.shape, previous: tensor.maskValues() }));
  return chooseMasks(layers, { ...pattern, behaviour, sparsity: schedule.sparsity(step) });
}

/**
 * The new masks of those tensors whose masks are renewed before a step. Tensors with the scope "global" that follow
 * the same schedule share one threshold.
 *
 * @param step Steps count from 1.
 * @throws {RangeError} When a weight is NaN.
 */
export function dueMasks<T extends PrunedTensor>(tensors: Iterable<T>, step: number): Map<T, Float32Array> {
  const masks = new Map<T, Float32Array>();
  const groups = new Map<string, T[]>();
  for (const tensor of tensors) {
    const { schedule, behaviour, pattern } = tensor;
    if (!isMaskDue(schedule, { behaviour, pattern }, step)) continue;
    if (pattern.scope === "layer") {
      masks.set(tensor, masksAt([tensor], step)[0]);
      continue;
    }
    const key = JSON.stringify([schedule.className, schedule.getConfig(), behaviour]);
    groups.set(key, [...(groups.get(key) ?? []), tensor]);
  }
  for (const group of groups.values()) masksAt(group, step).forEach((mask, i) => masks.set(group[i], mask));
  return masks;
}
