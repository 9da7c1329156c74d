import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../data/shape.js";
import { validateSparsity } from "./pruningSchedule.js";
import { scoreKernels } from "./weightScores.js";

/**
 * A sparsity for each layer by the Erdős–Rényi-kernel rule (Mocanu et al. 2018; Evci et al. 2020, RigL): the share
 * that is kept of a kernel [d₁, d₂, …] is in proportion to `(d₁ + d₂ + …) / (d₁ · d₂ · …)`, so small layers keep more.
 * A layer for which that is more than all stays dense.
 *
 * @param sparsity Of all kernels together, 0 to below 1.
 * @returns Sparsities by name of the layers with a kernel; weighted with their sizes their mean is `sparsity`.
 * @throws {RangeError} When the sparsity is out of range.
 * @example
 * const masks = unstructuredMasks(magnitude(model), { sparsity: erk(model, 0.9) });
 */
export function erk(model: tf.LayersModel, sparsity: number): Record<string, number> {
  validateSparsity("sparsity", sparsity);
  const layers = Object.entries(scoreKernels(model, (weights) => weights)).map(([name, { shape }]) => {
    const size = sizeOf(shape);
    return { name, size, raw: shape.reduce((a, b) => a + b, 0) / size };
  });
  const dense = new Set<string>();
  let scale = 0;
  for (;;) {
    // scale · Σ raw · size of the others = what may be kept beside the layers that stay dense.
    const others = layers.filter(({ name }) => !dense.has(name));
    const total = layers.reduce((sum, { size }) => sum + size, 0);
    const taken = layers.reduce((sum, { name, size }) => sum + (dense.has(name) ? size : 0), 0);
    scale = ((1 - sparsity) * total - taken) / others.reduce((sum, { raw, size }) => sum + raw * size, 0);
    const full = others.filter(({ raw }) => raw * scale > 1);
    if (full.length === 0) break;
    for (const { name } of full) dense.add(name);
  }
  return Object.fromEntries(layers.map(({ name, raw }) => [name, dense.has(name) ? 0 : 1 - raw * scale]));
}
