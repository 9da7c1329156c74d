import * as tf from "@tensorflow/tfjs";
import type { Rows } from "../data/rows.js";
import { comparesSamples } from "../network/loss.js";
import { pruningLayers } from "../pruning/pruningLayers.js";
import type { Compiled } from "./compiled.js";
import type { Engine, Evaluation, LabelledRows, StepResult } from "./engine.js";
import { evaluateRows } from "./evaluateRows.js";
import { forward } from "./forward.js";
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
    private readonly batchSize: number,
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

  outputs(x: Rows, order: Uint32Array, start: number, end: number): Float32Array {
    const { model, compiled } = this;
    const outputs = tf.tidy(() => forward(model, gatherRows(x, order, start, end), undefined, compiled.leavesSoftmax).dataSync());
    return outputs as Float32Array;
  }

  endEpoch(): void {
    for (const layer of pruningLayers(this.model)) layer.maskWeights();
  }

  evaluate({ x, y, weights }: LabelledRows): Evaluation {
    // As the kernels, which evaluate in batches of the training's size.
    const batchSize = comparesSamples(this.compiled.described) ? this.batchSize : 1024;
    return evaluateRows(this.model, x, y, batchSize, weights);
  }

  finish(): void {}
}
