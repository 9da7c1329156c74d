import type { BatchNormalizationLayer } from "../../network/network.js";
import type { Arena } from "../arena.js";
import type { Signal } from "../signal.js";
import { roundUp } from "../signal.js";
import { StoredWeight } from "../storedWeight.js";
import type { Pass, Stage } from "./stage.js";

/** `y = gamma · (x - mean) / √(variance + epsilon) + beta` */
export class BatchNormalizationStage implements Stage {
  readonly weights: StoredWeight[];
  private readonly gamma: StoredWeight;
  private readonly beta: StoredWeight;
  private readonly movingMean: StoredWeight;
  private readonly movingVariance: StoredWeight;
  private readonly normalized: number;
  private readonly inverse: number;
  /** Where gradients go that nobody needs. */
  private readonly unused: number;

  constructor(
    private readonly arena: Arena,
    private readonly layer: BatchNormalizationLayer,
    private readonly x: Signal,
    private readonly y: Signal,
    batch: number,
  ) {
    this.gamma = new StoredWeight(arena, layer.gamma);
    this.beta = new StoredWeight(arena, layer.beta);
    this.movingMean = new StoredWeight(arena, layer.movingMean);
    this.movingVariance = new StoredWeight(arena, layer.movingVariance);
    this.weights = [this.gamma, this.beta, this.movingMean, this.movingVariance];
    this.normalized = arena.allocate(roundUp(batch, 4) * x.stride);
    this.inverse = arena.allocate(x.stride);
    this.unused = arena.allocate(roundUp(batch, 4) * x.stride);
  }

  forward(batch: number, { training }: Pass): void {
    const { arena, layer, x, y, gamma, beta, movingMean, movingVariance } = this;
    if (!training) {
      arena.kernels.batchNormalizeInference(
        x.values, y.values, x.stride, gamma.values, beta.values, movingMean.values, movingVariance.values, batch,
        layer.epsilon,
      );
      return;
    }
    arena.kernels.batchNormalize(
      x.values, y.values, x.stride, gamma.values, beta.values, movingMean.values, movingVariance.values,
      this.normalized, this.inverse, batch, layer.momentum, layer.epsilon,
    );
  }

  backward(batch: number): void {
    const { arena, x, y, gamma, beta, unused } = this;
    arena.kernels.batchNormalizeGradient(
      y.gradient, x.gradient || unused, x.stride, gamma.values, this.normalized, this.inverse, gamma.gradient || unused,
      beta.gradient || unused, batch,
    );
  }
}
