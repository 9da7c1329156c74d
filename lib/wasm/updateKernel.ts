import { adamFactors } from "../network/updateRule.js";
import type { UpdateRule } from "../network/updateRule.js";
import type { Arena } from "./arena.js";

/** Moves all trainable weights at once; they lie one after the other. */
export class UpdateKernel {
  /** Addresses of what the rule remembers of each weight: none, the velocity, or Adam's m and v. */
  readonly slots: number[];

  constructor(
    private readonly arena: Arena,
    private readonly rule: UpdateRule,
    private readonly values: number,
    private readonly gradients: number,
    private readonly size: number,
  ) {
    const count = { sgd: 0, momentum: 1, adam: 2 }[rule.kind];
    this.slots = Array.from({ length: count }, () => arena.allocate(size));
  }

  /** @param step Steps count from 1. */
  apply(learningRate: number, step: number): void {
    const { rule, values, gradients, slots } = this;
    const { kernels } = this.arena;
    const bytes = this.size * 4;
    switch (rule.kind) {
      case "sgd":
        return kernels.sgd(values, gradients, bytes, learningRate);
      case "momentum":
        return kernels.momentum(values, gradients, slots[0], bytes, learningRate, rule.momentum, rule.useNesterov);
      case "adam": {
        const { rate, epsilon } = adamFactors(rule, learningRate, step);
        return kernels.adam(values, gradients, slots[0], slots[1], bytes, rate, rule.beta1, rule.beta2, epsilon);
      }
    }
  }
}
