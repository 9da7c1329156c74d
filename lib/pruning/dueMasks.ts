import { acrossLayers } from "./acrossLayers.js";
import { blockMask } from "./blockMask.js";
import { isMaskDue } from "./isMaskDue.js";
import { largestMask } from "./magnitudeMask.js";
import type { PruningBehaviour } from "./magnitudeMask.js";
import { mByNMask } from "./mByNMask.js";
import { isUnstructured } from "./pruningPattern.js";
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

function layerMask(tensor: PrunedTensor, step: number): Float32Array {
  const { shape, schedule, behaviour, pattern } = tensor;
  if (pattern.sparsityMByN) return mByNMask(tensor.values(), shape, pattern.sparsityMByN);
  const sparsity = schedule.sparsity(step);
  if (isUnstructured(pattern)) return largestMask(tensor.values(), sparsity, behaviour, tensor.maskValues());
  return blockMask(tensor.values(), shape, sparsity, { ...pattern, behaviour, previous: tensor.maskValues() });
}

/** One threshold for all tensors. */
function globalMasks(tensors: readonly PrunedTensor[], step: number): Float32Array[] {
  const [{ schedule, behaviour }] = tensors;
  let previous: Float32Array = new Float32Array(0);
  acrossLayers(tensors.map((tensor) => tensor.maskValues()), (all) => (previous = all));
  const values = tensors.map((tensor) => tensor.values());
  return acrossLayers(values, (all) => largestMask(all, schedule.sparsity(step), behaviour, previous));
}

/**
 * The new masks of those tensors whose masks are renewed before a step. Tensors with the scope "global" that follow
 * the same schedule share one threshold.
 *
 * @param step Steps count from 1.
 */
export function dueMasks<T extends PrunedTensor>(tensors: Iterable<T>, step: number): Map<T, Float32Array> {
  const masks = new Map<T, Float32Array>();
  const groups = new Map<string, T[]>();
  for (const tensor of tensors) {
    const { schedule, behaviour, pattern } = tensor;
    if (!isMaskDue(schedule, { behaviour, pattern }, step)) continue;
    if (pattern.scope === "layer") {
      masks.set(tensor, layerMask(tensor, step));
      continue;
    }
    const key = JSON.stringify([schedule.className, schedule.getConfig(), behaviour]);
    groups.set(key, [...(groups.get(key) ?? []), tensor]);
  }
  for (const group of groups.values()) globalMasks(group, step).forEach((mask, i) => masks.set(group[i], mask));
  return masks;
}
