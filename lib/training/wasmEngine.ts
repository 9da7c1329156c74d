import * as tf from "@tensorflow/tfjs";
import type { DescribedNetwork } from "../network/describeNetwork.js";
import type { Weight } from "../network/network.js";
import { NetworkTrainer } from "../wasm/networkTrainer.js";
import type { Engine, Evaluation, LabelledRows, StepResult } from "./engine.js";
import type { Loss } from "./loss.js";
import type { OptimizerLink } from "./optimizerLink.js";
import { watchWeights } from "./watchWeights.js";

/** Arguments of `WasmEngine`. */
export interface WasmEngineArgs {
  described: DescribedNetwork;
  loss: Loss;
  optimizer: OptimizerLink;
  batchSize: number;
  seed: number;
  hasAccuracy: boolean;
}

/**
 * Trains a model with the WebAssembly kernels. The weights live in the kernels' memory meanwhile; whoever reads
 * one from the model gets it as it is then, and what a callback writes is taken over.
 */
export class WasmEngine implements Engine {
  readonly name = "wasm";
  private readonly trainer: NetworkTrainer;
  private readonly before: number;
  private readonly unwatch: () => void;
  /** Whether the model's variables are older than the kernels' weights. */
  private isBehind = false;
  /** Whether somebody may have changed the model's variables. */
  private wasUsed = false;

  constructor(private readonly args: WasmEngineArgs) {
    const { described, loss, optimizer, batchSize, hasAccuracy } = args;
    this.before = optimizer.iterations;
    this.trainer = new NetworkTrainer(described.network, { loss, rule: optimizer.rule, batchSize, countsCorrect: hasAccuracy });
    optimizer.load(this.trainer, this.trainedVariables());
    this.unwatch = watchWeights(described.variables.map(({ variable }) => variable), () => {
      this.wasUsed = true;
      this.showWeights();
    });
  }

  step({ x, y, weights }: LabelledRows, order: Uint32Array, start: number, end: number, step: number): StepResult {
    if (this.wasUsed) this.takeWeights();
    const { optimizer, seed } = this.args;
    const pass = { seed, step: this.before + step };
    const result = this.trainer.step({ x, y, weights, order, start, end }, pass, optimizer.learningRate);
    optimizer.count();
    this.isBehind = true;
    return result;
  }

  endEpoch(): void {
    if (this.wasUsed) this.takeWeights();
    this.trainer.applyMasks();
    this.isBehind = true;
  }

  evaluate({ x, y, weights }: LabelledRows): Evaluation {
    if (this.wasUsed) this.takeWeights();
    const { loss, accuracy } = this.trainer.evaluate(x, y, weights);
    return { loss, ...(this.args.hasAccuracy && { accuracy }) };
  }

  finish(): void {
    this.unwatch();
    this.showWeights();
    this.args.optimizer.store(this.trainer, this.trainedVariables());
  }

  private trainedVariables(): tf.LayerVariable[] {
    const { variables } = this.args.described;
    const find = (wanted: Weight) => variables.find(({ weight, part }) => weight === wanted && part === "values");
    return this.trainer.trainedWeights.map((weight) => find(weight)?.variable as tf.LayerVariable);
  }

  /** Brings the model's variables up to date. */
  private showWeights(): void {
    if (!this.isBehind) return;
    this.isBehind = false;
    this.trainer.download();
    for (const { variable, weight, part } of this.args.described.variables) {
      const value = tf.tensor(part === "mask" ? (weight.pruning?.mask as Float32Array) : weight.values, weight.shape);
      valueOf(variable).assign(value);
      value.dispose();
    }
  }

  /** Takes over what the model's variables hold. */
  private takeWeights(): void {
    this.wasUsed = false;
    for (const { variable, weight, part } of this.args.described.variables) {
      const values = Float32Array.from(valueOf(variable).dataSync());
      if (part === "values") weight.values.set(values);
      else if (weight.pruning) weight.pruning.mask = values;
    }
    this.trainer.upload();
  }
}

/** The tfjs variable behind a weight, whoever watches it. */
const valueOf = (variable: tf.LayerVariable): tf.Variable => (variable as unknown as { val: tf.Variable }).val;
