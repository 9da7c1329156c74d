import type { KernelFormat } from "../sparse/prepareKernel.js";
import type { BreakEvenRow } from "./breakEven.js";

/**
 * The share of zeros from which on a format takes no longer than the dense kernel: where its time crosses the dense one's
 * for the last time, interpolated linearly between the sparsities that were measured.
 *
 * @param rows Of `breakEven`, in any order.
 * @returns From 0 to 1: the lowest sparsity measured where the format is as fast at each of them; null where it is slower at
 *   the highest one.
 * @throws {RangeError} When there is no row of the dense kernel or of the format.
 * @example
 * const rows = [
 *   { format: "dense", sparsity: 0, microseconds: 100 },
 *   { format: "csr", sparsity: 0.5, microseconds: 140 },
 *   { format: "csr", sparsity: 0.9, microseconds: 60 },
 * ] as const;
 * breakEvenSparsity(rows, "csr"); // 0.7
 */
export function breakEvenSparsity(
  rows: readonly Pick<BreakEvenRow, "format" | "sparsity" | "microseconds">[],
  format: Exclude<KernelFormat, "dense">,
): number | null {
  const dense = rows.find((row) => row.format === "dense")?.microseconds;
  const own = rows.filter((row) => row.format === format).sort((a, b) => a.sparsity - b.sparsity);
  if (dense === undefined || own.length === 0) {
    throw new RangeError(`Expected rows of dense and ${format} but found ${[...new Set(rows.map((row) => row.format))].join(", ") || "none"}.`);
  }
  const slower = own.findLastIndex(({ microseconds }) => microseconds > dense);
  if (slower === own.length - 1) return null;
  if (slower < 0) return own[0].sparsity;
  const [before, after] = [own[slower], own[slower + 1]];
  const share = (before.microseconds - dense) / (before.microseconds - after.microseconds);
  return before.sparsity + share * (after.sparsity - before.sparsity);
}
