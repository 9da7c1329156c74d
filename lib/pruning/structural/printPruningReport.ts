import type { PruningReport } from "./pruningReport.js";

/**
 * The text of a report: a line a layer, the total, and the units that could not be removed (Torch-Pruning prints the same
 * `=>`).
 *
 * @param report As `removeUnits` and `removeDeadUnits` give it.
 */
export function formatPruningReport({ layers, notRemoved }: PruningReport): string {
  const change = (what: string, before: number, after: number): string =>
    `${what} ${before.toLocaleString("en-US")} => ${after.toLocaleString("en-US")}`;
  const columns = layers.map((row) => [
    row.layer,
    change("units", row.unitsBefore, row.unitsAfter),
    change("params", row.paramsBefore, row.paramsAfter),
    change("MACs", row.macsBefore, row.macsAfter),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...columns.map((row) => row[column].length)));
  return [
    ...columns.map((row) => row.map((text, i) => text.padEnd(widths[i] ?? 0)).join("  ")),
    ...notRemoved.map(({ layer, unit, reason }) => `${layer}: unit ${unit} stays, for ${reason}`),
  ].join("\n");
}

/**
 * Prints what removing units did to a model.
 *
 * @example
 * printPruningReport(removeUnits(model, selectUnits(l1Norm(model), { sparsity: 0.5 })).report);
 * // hidden  units 64 => 32  params 50,240 => 25,120  MACs 50,176 => 25,088
 */
export function printPruningReport(report: PruningReport): void {
  console.log(formatPruningReport(report));
}
