import type { DenseLayer } from "../../network/network.js";
import type { Arena } from "../arena.js";
import type { Signal } from "../signal.js";
import { roundUp } from "../signal.js";
import { StoredWeight } from "../storedWeight.js";
import type { Stage } from "./stage.js";

// Below this share of inputs that are not zero it pays to skip those that are.
const SPARSE = 0.6;
// Numbers in an entry of a list: the input's value and where its weights are.
const ENTRY = 2;

/** `y = x · kernel + bias` */
export class DenseStage implements Stage {
  readonly weights: StoredWeight[];
  private readonly kernel: StoredWeight;
  private readonly bias: StoredWeight | null;
  /** Room for lists of the inputs that are not zero, for a layer that looks at the data itself. */
  private readonly lists: { bySample: number; starts: number; byInput: number } | null = null;
  private readonly transposed: number = 0;
  private isSparse = false;

  constructor(
    private readonly arena: Arena,
    layer: DenseLayer,
    private readonly x: Signal,
    private readonly y: Signal,
    batch: number,
    seesData: boolean,
  ) {
    this.kernel = new StoredWeight(arena, layer.kernel);
    this.bias = layer.bias && new StoredWeight(arena, layer.bias);
    this.weights = this.bias ? [this.kernel, this.bias] : [this.kernel];
    if (seesData) {
      // Four more than there can be: the kernel writes four at a time and then keeps some of them.
      const bySample = arena.allocate(ENTRY * (batch * x.columns + 4));
      const { panelRows } = this.kernel;
      const byInput = layer.kernel.trainable ? arena.allocate(panelRows * (ENTRY * batch + 1) + 16 * batch) : 0;
      this.lists = { bySample, starts: arena.allocate(batch + 1), byInput };
    }
    if (x.gradient) this.transposed = arena.allocate(roundUp(x.columns, 8) * y.columns);
  }

  forward(batch: number): void {
    const { arena, kernel, bias, x, y, lists } = this;
    const { kernels } = arena;
    const w = kernel.effective;
    const b = bias?.effective ?? 0;
    if (lists) {
      const { bySample, starts } = lists;
      const count = kernels.findNonzero(x.values, x.stride, bySample, starts, batch, x.columns);
      this.isSparse = count < SPARSE * batch * x.columns;
      if (this.isSparse) {
        return kernels.matmulNonzero(starts, w, kernel.panelRows, b, y.values, y.stride, batch, y.columns);
      }
    }
    kernels.matmul(x.values, x.stride, w, kernel.panelRows, b, y.values, y.stride, batch, x.columns, y.columns);
  }

  backward(batch: number): void {
    const { arena, kernel, bias, x, y, lists, transposed } = this;
    const { kernels } = arena;
    const dy = y.gradient;
    if (kernel.gradient) {
      const { gradient, panelRows } = kernel;
      if (lists && this.isSparse) {
        const { starts, byInput } = lists;
        kernels.weightGradientNonzero(starts, dy, y.stride, gradient, panelRows, batch, y.columns, byInput);
      } else {
        kernels.weightGradient(x.values, x.stride, dy, y.stride, gradient, panelRows, batch, y.columns);
      }
    }
    if (bias?.gradient) kernels.biasGradient(dy, y.stride, bias.gradient, batch);
    if (x.gradient) {
      kernels.transposePanels(kernel.effective, kernel.panelRows, transposed, x.columns, y.columns);
      kernels.matmul(dy, y.stride, transposed, y.columns, 0, x.gradient, x.stride, batch, y.columns, x.columns);
    }
  }
}
