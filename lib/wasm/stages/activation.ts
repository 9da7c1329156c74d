import type { ActivationName } from "../../network/network.js";
import type { Arena } from "../arena.js";
import type { Signal } from "../signal.js";
import type { StoredWeight } from "../storedWeight.js";
import type { Stage } from "./stage.js";

/** `y = activation(x)` */
export class ActivationStage implements Stage {
  readonly weights: StoredWeight[] = [];

  constructor(
    private readonly arena: Arena,
    private readonly activation: ActivationName,
    private readonly x: Signal,
    private readonly y: Signal,
  ) {}

  forward(batch: number): void {
    const { x, y } = this;
    const { kernels } = this.arena;
    const { columns, stride } = x;
    switch (this.activation) {
      case "relu":
        return kernels.relu(x.values, y.values, batch * stride * 4);
      case "sigmoid":
        return kernels.sigmoid(x.values, y.values, batch, columns, stride);
      case "tanh":
        return kernels.tanh(x.values, y.values, batch, columns, stride);
      case "softmax":
        return kernels.softmax(x.values, y.values, batch, columns, stride);
    }
  }

  backward(batch: number): void {
    const { x, y } = this;
    if (!x.gradient) return;
    const { kernels } = this.arena;
    const { columns, stride } = x;
    const bytes = batch * stride * 4;
    switch (this.activation) {
      case "relu":
        return kernels.reluGradient(x.values, y.gradient, x.gradient, bytes);
      case "sigmoid":
        return kernels.sigmoidGradient(y.values, y.gradient, x.gradient, bytes);
      case "tanh":
        return kernels.tanhGradient(y.values, y.gradient, x.gradient, bytes);
      case "softmax":
        return kernels.softmaxGradient(y.values, y.gradient, x.gradient, batch, columns, stride);
    }
  }
}
