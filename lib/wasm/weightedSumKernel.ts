import type { LossPart, TargetSlice, WeightedSum } from "../network/loss.js";
import type { Arena } from "./arena.js";
import { LossKernel } from "./lossKernel.js";
import { roundUp } from "./signal.js";
import type { Signal } from "./signal.js";

/** A loss of the sum, and where its gradient is added up if it is not the first one of its output. */
interface Part extends LossPart {
  kernel: LossKernel;
  y: Signal;
  addsTo: Signal | null;
  targetColumns: number;
}

/** Computes a weighted sum of losses of a network's outputs and the gradient of each output. */
export class WeightedSumKernel {
  private readonly parts: Part[] = [];
  /** Outputs without a loss, which others have as their target. */
  private readonly idle: Signal[];
  private targets: Float32Array = new Float32Array(0);

  /** @param outputs The one at the network's end and then those of its branches. */
  constructor(
    private readonly arena: Arena,
    private readonly loss: WeightedSum,
    private readonly outputs: Signal[],
    batch: number,
  ) {
    for (const part of loss.parts) {
      const output = outputs[part.output];
      const isFirst = !this.parts.some((other) => other.output === part.output);
      const y = isFirst ? output : { ...output, gradient: arena.allocate(roundUp(batch, 4) * output.stride) };
      const targetColumns = part.targets.reduce((sum, slice) => sum + this.columnsOf(slice), 0);
      const kernel = new LossKernel(arena, part.loss, y, targetColumns, batch);
      this.parts.push({ ...part, kernel, y, addsTo: isFirst ? null : output, targetColumns });
    }
    this.idle = outputs.filter((_, index) => !loss.parts.some(({ output }) => output === index));
  }

  /**
   * @param targets [batch, target columns]
   * @param weights [batch], what each sample counts; null for 1
   * @returns The mean over the batch of the weighted losses.
   */
  compute(targets: Float32Array, weights: Float32Array | null, batch: number): number {
    const { arena } = this;
    let sum = 0;
    for (const { kernel, y, addsTo, weight, targets: slices, targetColumns } of this.parts) {
      sum += kernel.compute(this.gather(slices, targetColumns, targets, batch), weights, batch, weight);
      if (addsTo?.gradient) arena.kernels.accumulate(y.gradient, addsTo.gradient, batch * y.stride * 4);
    }
    for (const { gradient, stride } of this.idle) if (gradient) arena.at(gradient, batch * stride).fill(0);
    return sum;
  }

  private columnsOf(slice: TargetSlice): number {
    return slice.of === "targets" ? slice.size : this.outputs[slice.index].columns;
  }

  /** The targets of a part, [batch, targetColumns]. */
  private gather(slices: TargetSlice[], targetColumns: number, targets: Float32Array, batch: number): Float32Array {
    if (this.targets.length < batch * targetColumns) this.targets = new Float32Array(batch * targetColumns);
    const gathered = this.targets.subarray(0, batch * targetColumns);
    const { columns } = this.loss;
    let offset = 0;
    for (const slice of slices) {
      const size = this.columnsOf(slice);
      const [source, from, stride] =
        slice.of === "targets"
          ? [targets, slice.from, columns]
          : [this.arena.numbers, this.outputs[slice.index].values >>> 2, this.outputs[slice.index].stride];
      for (let i = 0; i < batch; i++) {
        for (let j = 0; j < size; j++) gathered[i * targetColumns + offset + j] = source[from + i * stride + j];
      }
      offset += size;
    }
    return gathered;
  }
}
