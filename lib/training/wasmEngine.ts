import type * as tf from "@tensorflow/tfjs";
import type { Rows } from "../data/rows.js";
import type { DescribedNetwork } from "../network/describeNetwork.js";
import { KernelEngine } from "./kernelEngine.js";
import type { Engine, Evaluation, LabelledRows, StepResult } from "./engine.js";
import type { Loss } from "../network/loss.js";
import type { OptimizerLink } from "./optimizerLink.js";
import { readVariables, trainedVariables, valueOf, writeVariables } from "./variables.js";
import { watchVariables } from "./watchVariables.js";

/** What of a model the kernels need to train it. */
export interface KernelPlan {
  described: DescribedNetwork;
  loss: Loss;
  optimizer: OptimizerLink;
}

/**
 * Trains a model with the WebAssembly kernels. The weights live in the kernels' memory meanwhile; whoever reads
 * one from the model gets it as it is then, and what a callback writes is taken over.
 */
export class WasmEngine implements Engine {
  readonly name = "wasm";
  private readonly kernels: KernelEngine;
  private readonly variables: tf.LayerVariable[];
  private readonly unwatch: () => void;
  /** Whether the model's variables are older than the kernels' weights. */
  private isBehind = false;
  /** Whether somebody may have changed the model's variables. */
  private wasUsed = false;

  constructor(
    private readonly plan: KernelPlan,
    args: { batchSize: number; seed: number; hasAccuracy: boolean },
  ) {
    const { described, loss, optimizer } = plan;
    const { rule, iterations } = optimizer;
    this.kernels = new KernelEngine({
      ...args, network: described.network, loss, rule, iterations, learningRate: () => optimizer.learningRate,
    });
    this.variables = trainedVariables(described, this.kernels.trainer.trainedWeights);
    this.kernels.trainer.setSlots(optimizer.read(this.variables));
    this.unwatch = watchVariables(described.variables.map(({ variable }) => valueOf(variable)), () => {
      this.wasUsed = true;
      this.showWeights();
    });
  }

  step(data: LabelledRows, order: Uint32Array, start: number, end: number, step: number): StepResult {
    this.takeWeights();
    const result = this.kernels.step(data, order, start, end, step);
    this.plan.optimizer.count(1);
    this.isBehind = true;
    return result;
  }

  outputs(x: Rows, order: Uint32Array, start: number, end: number): Float32Array {
    this.takeWeights();
    return this.kernels.outputs(x, order, start, end);
  }

  endEpoch(): void {
    this.takeWeights();
    this.kernels.endEpoch();
    this.isBehind = true;
  }

  evaluate(data: LabelledRows): Evaluation {
    this.takeWeights();
    return this.kernels.evaluate(data);
  }

  finish(): void {
    this.unwatch();
    this.showWeights();
    this.plan.optimizer.write(this.variables, this.kernels.trainer.slots);
  }

  /** Brings the model's variables up to date. */
  private showWeights(): void {
    if (!this.isBehind) return;
    this.isBehind = false;
    this.kernels.trainer.download();
    writeVariables(this.plan.described);
  }

  /** Takes over what the model's variables hold, if somebody may have changed them. */
  private takeWeights(): void {
    if (!this.wasUsed) return;
    readVariables(this.plan.described);
    this.wasUsed = false;
    this.kernels.trainer.upload();
  }
}
