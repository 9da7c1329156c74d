import type { OutputLoss } from "../network/loss.js";
import type { Arena } from "./arena.js";
import { roundUp } from "./signal.js";
import type { Signal } from "./signal.js";

/** Computes a loss and the gradient of a network's output. */
export class LossKernel {
  private readonly targets: number;
  private readonly weights: number;
  /** Where the gradient goes when nobody needs it. */
  private readonly gradient: number;
  /** For the distances of a batch's samples. */
  private readonly room: number = 0;

  /** @param targetColumns Numbers in a row of targets. */
  constructor(
    private readonly arena: Arena,
    private readonly loss: OutputLoss,
    private readonly y: Signal,
    private readonly targetColumns: number,
    batch: number,
  ) {
    // Labels are spread to one-hot rows.
    this.targets = arena.allocate(batch * Math.max(targetColumns, y.columns));
    this.weights = arena.allocate(batch);
    this.gradient = y.gradient || arena.allocate(roundUp(batch, 4) * y.stride);
    if (loss.kind === "relational") this.room = arena.allocate(batch * batch);
  }

  /**
   * @param targets [batch, target columns]
   * @param weights [batch], what each sample counts; null for 1
   * @param factor what all of them count. Default 1.
   * @returns The mean over the batch of the weighted losses.
   */
  compute(targets: Float32Array, weights: Float32Array | null, batch: number, factor = 1): number {
    const { arena, loss, y } = this;
    const at = arena.at(this.weights, batch).fill(factor);
    if (weights) for (let i = 0; i < batch; i++) at[i] *= weights[i];
    if (loss.kind === "sparseCategoricalCrossentropy") this.spread(targets, batch);
    else arena.at(this.targets, targets.length).set(targets);
    return this.call(batch, y.columns, factor) / batch;
  }

  private spread(labels: Float32Array, batch: number): void {
    const { columns } = this.y;
    const rows = this.arena.at(this.targets, batch * columns).fill(0);
    for (let i = 0; i < batch; i++) {
      const label = Math.floor(labels[i]);
      if (!(label >= 0 && label < columns)) {
        throw new RangeError(`Expected labels from 0 to ${columns - 1} but found ${labels[i]}.`);
      }
      rows[i * columns + label] = 1;
    }
  }

  private call(batch: number, columns: number, factor: number): number {
    const { loss, targets, weights, gradient } = this;
    const { values, stride } = this.y;
    const { kernels } = this.arena;
    switch (loss.kind) {
      case "categoricalCrossentropy":
        return kernels.categoricalCrossentropy(values, stride, targets, weights, gradient, batch, columns, false);
      case "sparseCategoricalCrossentropy":
        return kernels.categoricalCrossentropy(values, stride, targets, weights, gradient, batch, columns, true);
      case "binaryCrossentropy":
        return kernels.binaryCrossentropy(values, stride, targets, weights, gradient, batch, columns);
      case "meanSquaredError":
        return kernels.meanSquaredError(values, stride, targets, weights, gradient, batch, columns);
      case "softmaxCrossEntropy":
        return kernels.softmaxCrossEntropy(values, stride, targets, weights, gradient, batch, columns);
      case "relational":
        return kernels.relationalLoss(values, stride, columns, targets, this.targetColumns, gradient, batch, factor, this.room);
      case "distillation": {
        const { temperature, alpha } = loss;
        return kernels.distillationLoss(values, stride, targets, weights, gradient, batch, columns, temperature, alpha);
      }
    }
  }
}
