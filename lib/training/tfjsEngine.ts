import type * as tf from "@tensorflow/tfjs";
import { pruningLayers } from "../pruning/pruningLayers.js";
import type { Compiled } from "./compiled.js";
import type { Engine, Evaluation, LabelledRows, StepResult } from "./engine.js";
import { evaluateRows } from "./evaluateRows.js";
import { gatherRows } from "./samples.js";
import { trainStep } from "./trainStep.js";

/** Trains any model through TensorFlow.js. */
export class TfjsEngine implements Engine {
  readonly name = "tfjs";
  /** Schedules count the optimizer's steps, over several fits, as TFMOT's do. */
  private readonly before: number;

  constructor(
    private readonly model: tf.LayersModel,
    private readonly compiled: Compiled,
    private readonly seed: number,
  ) {
    this.before = compiled.optimizer.iterations;
  }

  step({ x, y, weights }: LabelledRows, order: Uint32Array, start: number, end: number, step: number): StepResult {
    const { model, compiled, seed } = this;
    const batchX = gatherRows(x, order, start, end);
    const batchY = gatherRows(y, order, start, end);
    const sampleWeights = weights && Float32Array.from(order.subarray(start, end), (i) => weights[i]);
    const result = trainStep(model, compiled, batchX, batchY, { seed, step: this.before + step }, sampleWeights);
    batchX.dispose();
    batchY.dispose();
    return result;
  }

  endEpoch(): void {
    for (const layer of pruningLayers(this.model)) layer.maskWeights();
  }

  evaluate({ x, y, weights }: LabelledRows): Evaluation {
    return evaluateRows(this.model, x, y, 1024, weights);
  }

  finish(): void {}
}
