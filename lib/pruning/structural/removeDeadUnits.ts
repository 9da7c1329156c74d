import type * as tf from "@tensorflow/tfjs";
import type { UnitNotRemoved } from "./pruningReport.js";
import { reported } from "./removeUnits.js";
import type { StructurallyPruned } from "./removeUnits.js";
import { segmentsOf } from "./segments.js";
import type { Segment } from "./segments.js";
import { sliceUnits } from "./sliceUnits.js";
import { computedWeights, indices, kernelSizes, unitsOf } from "./unitWeights.js";

/** The units of a layer that have incoming and outgoing weights other than zero. */
function liveUnits({ layer, next }: Segment): number[] {
  const units = unitsOf(layer);
  const [, inputs, outputs] = kernelSizes(next);
  const incoming = new Set<number>();
  computedWeights(layer).kernel.forEach((weight, i) => weight !== 0 && incoming.add(i % units));
  const outgoing = new Set<number>();
  const featureOf = (i: number): number => Math.floor(i / outputs) % inputs;
  computedWeights(next).kernel.forEach((weight, i) => weight !== 0 && outgoing.add(featureOf(i) % units));
  return indices(units).filter((unit) => incoming.has(unit) && outgoing.has(unit));
}

/**
 * Removes the units that pruning single weights left without any incoming or without any outgoing weight, until there
 * are none: a unit that goes may take the last weight of another with it.
 *
 * The network computes the same as before; see `removeUnits` for the constants and for the units that stay for their
 * sake. A layer keeps at least one unit.
 *
 * @param model Built, a chain of layers, after `stripPruning`; it stays as it is.
 * @returns A model that is not compiled, of the same kind as the one given, and the sizes of both.
 * @throws {TypeError} When the model branches or is being pruned, or a layer, such as softmax, mixes units that would go.
 * @example
 * const { model: smaller, report } = removeDeadUnits(stripPruning(pruned));
 * report.units.hidden.length; // 61 of 64 are left
 */
export function removeDeadUnits(model: tf.LayersModel): StructurallyPruned {
  const left: Record<string, number[]> = {};
  const original = (layer: string, unit: number): number => left[layer]?.[unit] ?? unit;
  let notRemoved: UnitNotRemoved[] = [];
  let current = model;
  for (let isSmaller = true; isSmaller; ) {
    const keep: Record<string, number[]> = {};
    const lastOnes: UnitNotRemoved[] = [];
    for (const segment of segmentsOf(current)) {
      const { name } = segment.layer;
      keep[name] = liveUnits(segment);
      if (keep[name].length > 0) continue;
      keep[name] = [0];
      lastOnes.push({ layer: name, unit: 0, reason: "a layer keeps at least one unit" });
    }
    const sliced = sliceUnits(current, keep);
    if (current !== model) current.dispose();
    current = sliced.model;
    notRemoved = [...lastOnes, ...sliced.notRemoved].map((entry) => ({ ...entry, unit: original(entry.layer, entry.unit) }));
    for (const [layer, units] of Object.entries(sliced.units)) left[layer] = units.map((unit) => original(layer, unit));
    isSmaller = Object.keys(sliced.units).length > 0;
  }
  return reported(model, current, left, notRemoved);
}
