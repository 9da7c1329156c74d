/** A loss of one output that has a kernel, as plain data. */
export type OutputLoss =
  | { kind: "categoricalCrossentropy" | "sparseCategoricalCrossentropy" | "binaryCrossentropy" }
  | { kind: "meanSquaredError" | "softmaxCrossEntropy" | "relational" }
  | { kind: "distillation"; temperature: number; alpha: number };

/** Where the targets of a part of a weighted sum lie: in the rows of targets, or in what an output of the network says. */
export type TargetSlice = { of: "targets"; from: number; size: number } | { of: "output"; index: number };

/** A loss of one of several outputs. */
export interface LossPart {
  loss: OutputLoss;
  /** Which output it is for, 0 for the one at the end of the network. */
  output: number;
  /** Its targets: these, one behind the other. Outputs among them are taken as they are, without a gradient. */
  targets: TargetSlice[];
  /** What it counts in the sum. */
  weight: number;
}

/** The sum of losses of a network that has several outputs: that at its end and those of its branches. */
export interface WeightedSum {
  kind: "weightedSum";
  parts: LossPart[];
  /** Numbers in each output. */
  sizes: number[];
  /** Numbers in a row of targets, which begins with the label. */
  columns: number;
}

/** A loss that has a kernel, as plain data. */
export type Loss = OutputLoss | WeightedSum;

/** How many numbers a target has for a network with `outputs` outputs. */
export function targetColumns(loss: Loss, outputs: number): number {
  if (loss.kind === "weightedSum") return loss.columns;
  if (loss.kind === "sparseCategoricalCrossentropy") return 1;
  return loss.kind === "distillation" ? 2 * outputs : outputs;
}

/** Whether a loss is of logits, also where the network ends in a softmax: they are then taken from before it. */
export const isOfLogits = (loss: Loss | string): boolean =>
  typeof loss !== "string" && (loss.kind === "distillation" || loss.kind === "weightedSum");

/** Whether a loss compares the samples of a batch with each other, so that its value depends on what is a batch. */
export const comparesSamples = (loss: Loss | string): boolean =>
  typeof loss !== "string" && loss.kind === "weightedSum" && loss.parts.some((part) => part.loss.kind === "relational");
