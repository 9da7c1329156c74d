import type * as tf from "@tensorflow/tfjs";
import { qStats } from "./qStats.js";

/**
 * The text that QKeras's `print_qstats` prints: operations, their kinds, bits of weights, sparsity.
 *
 * Its sparsity is the share of zeros among weights and biases after quantizing; `sparsityReport` counts
 * weights alone.
 */
export function formatQStats(model: tf.LayersModel): string {
  const stats = qStats(model);
  if (stats.length === 0) return `No layer of ${model.name} is quantized: there is nothing to count.`;
  const byName = [...stats].sort((a, b) => (a.layer < b.layer ? -1 : 1));
  const operations = new Map<string, number>();
  for (const { operationType, operations: count } of byName) {
    operations.set(operationType, (operations.get(operationType) ?? 0) + count);
  }
  const zeros = stats.reduce((sum, row) => sum + row.sparsity * (row.weights + row.biases), 0);
  const numbers = stats.reduce((sum, row) => sum + row.weights + row.biases, 0);
  const name = (text: string): string => `    ${text.padEnd(30)}`;
  return [
    "",
    "Number of operations in model:",
    ...byName.map((row) => `${name(row.layer)}: ${String(row.operations).padEnd(5)} (${row.operationType})`),
    "",
    "Number of operation types in model:",
    ...[...operations].sort().map(([kind, count]) => `${name(kind)}: ${count}`),
    "",
    "Weight profiling:",
    ...byName.flatMap((row) => [
      `${name(`${row.layer}_weights`)} : ${String(row.weights).padEnd(5)} (${row.weightBits}-bit unit)`,
      `${name(`${row.layer}_bias`)} : ${String(row.biases).padEnd(5)} (${row.biasBits}-bit unit)`,
    ]),
    "",
    "Weight sparsity:",
    "... quantizing model",
    ...stats.map((row) => `${name(row.layer)} : ${row.sparsity.toFixed(4)}`),
    `    ${"-".repeat(40)}`,
    `${name("Total Sparsity")} : ${(zeros / numbers).toFixed(4)}`,
    "",
  ].join("\n");
}

/**
 * Prints what `formatQStats` says about a model (QKeras: `print_qstats`): of each quantized layer its multiplications and
 * their kind (see `LayerStats`), the numbers and bits of weights and biases, and its sparsity. Layers in float32 are left out, and
 * of a float model it says just that; the model's input counts as 8-bit pixels, see `qStats`.
 *
 * Sparsity is QKeras's here: zeros among weights AND biases, after quantizing. Weights that round to zero count, and so do
 * biases that were never trained, so it is another number than what pruning was asked for; `sparsityReport` has that.
 *
 * @example printQStats(model);
 */
export function printQStats(model: tf.LayersModel): void {
  console.log(formatQStats(model));
}
