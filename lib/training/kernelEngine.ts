import type { Rows } from "../data/rows.js";
import type { Network } from "../network/network.js";
import type { Engine, Evaluation, LabelledRows, StepResult } from "./engine.js";
import type { Loss } from "../network/loss.js";
import type { UpdateRule } from "../network/updateRule.js";
import { NetworkTrainer } from "../wasm/networkTrainer.js";

/** Arguments of `KernelEngine`. */
export interface KernelEngineArgs {
  network: Network;
  loss: Loss;
  rule: UpdateRule;
  batchSize: number;
  seed: number;
  hasAccuracy: boolean;
  /** Steps the optimizer has made before. */
  iterations: number;
  /** Asked for at each step: it may change. */
  learningRate: () => number;
}

/** Trains a plain network with the WebAssembly kernels; it knows nothing of TensorFlow.js. */
export class KernelEngine implements Engine {
  readonly name = "wasm";
  readonly trainer: NetworkTrainer;

  constructor(private readonly args: KernelEngineArgs) {
    const { network, loss, rule, batchSize, hasAccuracy } = args;
    this.trainer = new NetworkTrainer(network, { loss, rule, batchSize, countsCorrect: hasAccuracy });
  }

  step({ x, y, weights }: LabelledRows, order: Uint32Array, start: number, end: number, step: number): StepResult {
    const { seed, iterations, learningRate } = this.args;
    return this.trainer.step({ x, y, weights, order, start, end }, { seed, step: iterations + step }, learningRate());
  }

  outputs(x: Rows, order: Uint32Array, start: number, end: number): Float32Array {
    return this.trainer.outputsNow({ x, order, start, end });
  }

  endEpoch(): void {
    this.trainer.applyMasks();
  }

  evaluate({ x, y, weights }: LabelledRows): Evaluation {
    const { loss, accuracy } = this.trainer.evaluate(x, y, weights);
    return { loss, ...(this.args.hasAccuracy && { accuracy }) };
  }

  finish(): void {
    this.trainer.download();
  }
}
