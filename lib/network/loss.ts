/** A loss that has a kernel, as plain data. */
export type Loss =
  | { kind: "categoricalCrossentropy" | "sparseCategoricalCrossentropy" | "binaryCrossentropy" }
  | { kind: "meanSquaredError" | "softmaxCrossEntropy" }
  | { kind: "distillation"; temperature: number; alpha: number };

/** How many numbers a target has for a network with `outputs` outputs. */
export function targetColumns(loss: Loss, outputs: number): number {
  if (loss.kind === "sparseCategoricalCrossentropy") return 1;
  return loss.kind === "distillation" ? 2 * outputs : outputs;
}
