import { FoldedBias } from "./foldedBias.js";
import { rescaledLayer } from "./rescaledLayer.js";
import type { Removal, Segment } from "./segments.js";
import { unitConstants } from "./unitConstants.js";
import type { UnitConstants } from "./unitConstants.js";
import { computedWeights, featuresOf, indices, kernelSizes, sliceKernel, unitsOf } from "./unitWeights.js";

/** What became of the units that were to be removed from a layer. */
export interface FoldedUnits {
  /** Units that the network computes the same without, in ascending order. */
  removed: number[];
  /** The bias that the next layer needs for that; null where it stays as it is. */
  bias: Float32Array | null;
  /** The other ones, and why. */
  notRemoved: { unit: number; reason: string }[];
}

/** What a unit's constant adds to each of the next layer's sums, or why that is no constant. */
function contributionOf(
  unit: number,
  { layer, next }: Segment,
  { values, uniform }: UnitConstants,
  kernel: Float32Array,
): Float64Array | string {
  const [positions, inputs, outputs] = kernelSizes(next);
  const sums = new Float64Array(outputs);
  for (const feature of featuresOf([unit], unitsOf(layer), inputs)) {
    if (uniform[feature] && values[feature] === 0) continue;
    const outgoing = sliceKernel(kernel, [positions, inputs, outputs], [feature], indices(outputs));
    if (outgoing.every((weight) => weight === 0)) continue;
    if (!uniform[feature]) return `what it gives to ${next.name} differs from place to place`;
    if (positions > 1 && next.getConfig().padding !== "valid") {
      return `it gives ${values[feature]} everywhere, but ${next.name} pads its input with zeros`;
    }
    outgoing.forEach((weight, i) => (sums[i % outputs] += values[feature] * weight));
  }
  return sums;
}

/**
 * Finds out which units can be removed without changing what the network computes, by adding the constants that they give
 * to the next layer's bias.
 *
 * @param removal Units whose incoming weights, or outgoing weights, are all zero.
 */
export function foldUnits(removal: Removal): FoldedUnits {
  const { segment, units } = removal;
  const constants = unitConstants(segment);
  const { kernel } = computedWeights(segment.next);
  const bias = new FoldedBias(segment.next);
  const removed: number[] = [];
  const notRemoved: FoldedUnits["notRemoved"] = [];
  for (const unit of units) {
    const contribution = contributionOf(unit, segment, constants, kernel);
    if (typeof contribution === "string") {
      notRemoved.push({ unit, reason: contribution });
    } else if (contribution.every((part) => part === 0) || bias.add(contribution)) {
      removed.push(unit);
    } else {
      notRemoved.push({ unit, reason: `the bias of ${segment.next.name}, ${String(bias.quantizer)}, cannot hold its constant` });
    }
  }
  const rescaled = rescaledLayer({ segment, units: removed });
  if (rescaled) {
    const reason = `without units of ${segment.layer.name} the automatic scale of ${rescaled.name} would be another`;
    return { removed: [], bias: null, notRemoved: units.map((unit) => ({ unit, reason })) };
  }
  return { removed, bias: bias.values(), notRemoved };
}
