import { validateSparsity } from "./pruningSchedule.js";

/** How well a model does with one layer pruned. */
export interface ScanPoint {
  layer: string;
  /** Weights of the kernel. */
  weights: number;
  /** Share of zeros in this layer, 0 to 1. */
  sparsity: number;
  /** Share of samples classified right, 0 to 1. */
  accuracy: number;
}

/**
 * A sparsity for each layer from a sensitivity scan: every layer is pruned as far as it goes with the same loss of
 * accuracy, and this loss is chosen so that all layers together reach a sparsity.
 *
 * @param scan Of `sensitivityScan`: at least one point a layer.
 * @param sparsity That of all layers together, at least.
 * @param baseline Accuracy of the model as it is.
 * @returns Sparsities by layer, each one of the scan's or 0.
 * @throws {RangeError} When the sparsity is out of range, the scan is empty or does not reach it, or an accuracy is NaN.
 * @example
 * const budget = budgetFromScan(await sensitivityScan(model, x, y), 0.9, accuracy);
 */
export function budgetFromScan(scan: readonly ScanPoint[], sparsity: number, baseline: number): Record<string, number> {
  validateSparsity("sparsity", sparsity);
  if (scan.length === 0) throw new RangeError("Expected at least one point of a scan but found none.");
  if (Number.isNaN(baseline)) throw new RangeError("Expected a number as baseline but found NaN.");
  const wrong = scan.find(({ accuracy }) => Number.isNaN(accuracy));
  if (wrong) throw new RangeError(`Expected accuracies in the scan but found NaN for ${wrong.layer} at a sparsity of ${wrong.sparsity}.`);
  const sizes = new Map(scan.map(({ layer, weights }) => [layer, weights]));
  const total = [...sizes.values()].reduce((a, b) => a + b, 0);
  const lossOf = ({ accuracy }: ScanPoint): number => Math.max(0, baseline - accuracy);
  const budgetAt = (allowed: number): Record<string, number> => {
    const budget = Object.fromEntries([...sizes.keys()].map((layer) => [layer, 0]));
    for (const point of scan) if (lossOf(point) <= allowed) budget[point.layer] = Math.max(budget[point.layer], point.sparsity);
    return budget;
  };
  const reached = (budget: Record<string, number>): number =>
    Object.entries(budget).reduce((sum, [layer, share]) => sum + share * (sizes.get(layer) ?? 0), 0) / total;
  const losses = [...new Set([0, ...scan.map(lossOf)])].sort((a, b) => a - b);
  // Rounding: a budget of .9 of each layer is a total of .9, not of .8999….
  const allowed = losses.find((loss) => reached(budgetAt(loss)) >= sparsity - 1e-9);
  if (allowed === undefined) {
    const most = reached(budgetAt(Infinity));
    throw new RangeError(`Expected a scan that reaches a sparsity of ${sparsity} but found ${most} with all layers at their highest.`);
  }
  return budgetAt(allowed);
}
