import { dropoutKey } from "../../network/dropoutMask.js";
import type { Arena } from "../arena.js";
import type { Signal } from "../signal.js";
import { roundUp } from "../signal.js";
import type { StoredWeight } from "../storedWeight.js";
import type { Pass, Stage } from "./stage.js";

/** `y = x · mask` in training, `y = x` otherwise. */
export class DropoutStage implements Stage {
  readonly weights: StoredWeight[] = [];
  private readonly mask: number;

  /** @param index How many dropout layers come before. */
  constructor(
    private readonly arena: Arena,
    private readonly rate: number,
    private readonly index: number,
    private readonly x: Signal,
    private readonly y: Signal,
    batch: number,
  ) {
    this.mask = arena.allocate(roundUp(batch, 4) * x.stride);
  }

  forward(batch: number, { training, seed, step }: Pass): void {
    const { arena, x, y, mask, rate, index } = this;
    const size = batch * x.stride;
    if (!training) return void arena.numbers.copyWithin(y.values >>> 2, x.values >>> 2, (x.values >>> 2) + size);
    arena.kernels.dropoutMask(mask, x.stride, batch, x.columns, dropoutKey(seed, step, index), rate);
    arena.kernels.multiply(x.values, mask, y.values, size * 4);
  }

  backward(batch: number): void {
    const { arena, x, y, mask } = this;
    if (x.gradient) arena.kernels.multiply(y.gradient, mask, x.gradient, batch * x.stride * 4);
  }
}
