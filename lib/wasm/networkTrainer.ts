import type { Network, Weight } from "../network/network.js";
import { checkSizes } from "../network/checkSizes.js";
import { countCorrect } from "../network/countCorrect.js";
import { targetColumns } from "../network/loss.js";
import type { Loss } from "../network/loss.js";
import { dueMasks } from "../pruning/dueMasks.js";
import type { PrunedTensor } from "../pruning/dueMasks.js";
import type { Rows } from "../data/rows.js";
import type { UpdateRule } from "../network/updateRule.js";
import { Arena } from "./arena.js";
import { createStages } from "./createStages.js";
import type { Stages } from "./createStages.js";
import { gatherRows } from "./gatherRows.js";
import { LossKernel } from "./lossKernel.js";
import type { Pass, Stage } from "./stages/stage.js";
import type { StoredWeight } from "./storedWeight.js";
import { UpdateKernel } from "./updateKernel.js";
import { WeightedSumKernel } from "./weightedSumKernel.js";

/** Some of many samples. */
export interface Samples {
  x: Rows;
  /** Which rows, from `start` to `end`. */
  order: Uint32Array;
  start: number;
  end: number;
}

/** Samples of a step, and what is asked for. */
export interface Batch extends Samples {
  y: Rows;
  /** What each sample counts, or null. */
  weights: Float32Array | null;
}

/** Arguments of `NetworkTrainer`. */
export interface NetworkTrainerArgs {
  loss: Loss;
  rule: UpdateRule;
  /** Most samples at a time. */
  batchSize: number;
  /** Whether classified samples are counted. */
  countsCorrect: boolean;
}

/**
 * Trains a plain network with the WebAssembly kernels, and evaluates it.
 *
 * A step does what `trainStep` does through tfjs, in the same order. Everything lies in one WebAssembly memory
 * that is as large as the network, its gradients and a batch; room in it is handed out once, at the start.
 */
export class NetworkTrainer {
  private readonly arena = new Arena();
  private readonly stages: Stages;
  private readonly weights: StoredWeight[];
  /** Trainable ones, in the order of the network. */
  private readonly trained: StoredWeight[];
  private readonly pruned = new Map<PrunedTensor, StoredWeight>();
  private readonly loss: LossKernel | WeightedSumKernel;
  private readonly update: UpdateKernel;
  private readonly outputs: Float32Array;
  private targets: Float32Array = new Float32Array(0);
  private readonly sampleWeights: Float32Array;

  constructor(
    private readonly network: Network,
    private readonly args: NetworkTrainerArgs,
  ) {
    const { arena } = this;
    const { batchSize, loss, rule } = args;
    this.stages = createStages(arena, network, batchSize);
    const { output, branches } = this.stages;
    this.weights = [...this.stages.stages, ...branches.flatMap(({ stages }) => stages)].flatMap((stage) => stage.weights);
    for (const weight of this.weights) if (weight.pruned) this.pruned.set(weight.pruned, weight);
    this.trained = this.weights.filter(({ weight }) => weight.trainable);
    const size = this.trained.reduce((sum, weight) => sum + weight.size, 0);
    const values = arena.allocate(size);
    const gradients = arena.allocate(size);
    let offset = 0;
    for (const stored of this.trained) {
      stored.place(values + offset, gradients + offset);
      offset += stored.bytes;
    }
    for (const stored of this.weights) if (!stored.weight.trainable) stored.place(arena.allocate(stored.size), 0);
    this.loss =
      loss.kind === "weightedSum"
        ? new WeightedSumKernel(arena, loss, [output, ...branches.map((branch) => branch.output)], batchSize)
        : new LossKernel(arena, loss, output, targetColumns(loss, output.columns), batchSize);
    this.update = new UpdateKernel(arena, rule, values, gradients, size);
    this.outputs = new Float32Array(batchSize * output.columns);
    this.sampleWeights = new Float32Array(batchSize);
  }

  /** Weights that are trained, in the order of `gradient` and `slots`. */
  get trainedWeights(): Weight[] {
    return this.trained.map(({ weight }) => weight);
  }

  /**
   * One step on one batch: masks, forward pass, gradients, update, limits and constraints, masks.
   *
   * @param pass `step` counts from 1 over the life of the optimizer.
   * @returns The loss and how many samples were classified correctly, both before the update.
   */
  step(batch: Batch, pass: Omit<Pass, "training">, learningRate: number): { loss: number; correct: number } {
    this.maskBeforeStep(pass.step);
    const result = this.differentiate(batch, pass);
    this.update.apply(learningRate, pass.step);
    for (const weight of this.trained) weight.constrain();
    return result;
  }

  /** Renews the masks that are due, and masks where the behaviour wants that now. */
  private maskBeforeStep(step: number): void {
    const due = dueMasks(this.pruned.keys(), step);
    for (const [tensor, weight] of this.pruned) {
      const mask = due.get(tensor);
      if (mask) weight.setMask(mask);
      if (mask || tensor.behaviour === "tfmot") weight.applyMask();
    }
  }

  /** The gradients of a batch's loss, without an update; `gradient` reads them. */
  differentiate(batch: Batch, pass: Omit<Pass, "training">): { loss: number; correct: number } {
    const rows = batch.end - batch.start;
    this.quantize();
    this.forward(batch, { ...pass, training: true });
    const { loss, correct } = this.computeLoss(batch);
    this.backward(rows);
    let penalty = 0;
    for (const weight of this.weights) {
      weight.backward();
      penalty += weight.regularize();
    }
    return { loss: loss + penalty, correct };
  }

  /** From the gradients of the outputs, those of the weights. */
  private backward(rows: number): void {
    const { branches, ...main } = this.stages;
    const along = (chain: { stages: Stage[]; firstTrainable: number }, before: (i: number) => void = () => {}): void => {
      if (chain.firstTrainable < 0) return;
      for (let i = chain.stages.length - 1; i >= chain.firstTrainable; i--) {
        before(i);
        chain.stages[i].backward(rows);
      }
    };
    for (const branch of branches) along(branch);
    along(main, (i) => {
      for (const { after, read, input } of branches) {
        if (after === i && input.gradient) this.arena.kernels.accumulate(input.gradient, read.gradient, rows * read.stride * 4);
      }
    });
  }

  /** Mean loss, penalties included, and share of samples classified correctly. */
  evaluate(x: Rows, y: Rows, weights: Float32Array | null): { loss: number; accuracy: number } {
    checkSizes(this.network, this.args.loss, x, y);
    const order = Uint32Array.from({ length: x.count }, (_, i) => i);
    let lossSum = 0;
    let correct = 0;
    this.quantize();
    for (let start = 0; start < x.count; start += this.args.batchSize) {
      const end = Math.min(start + this.args.batchSize, x.count);
      const batch = { x, y, weights, order, start, end };
      this.forward(batch, { training: false, seed: 0, step: 0 });
      const result = this.computeLoss(batch);
      lossSum += result.loss * (end - start);
      correct += result.correct;
    }
    const penalties = this.weights.reduce((sum, weight) => sum + weight.penalty(), 0);
    return { loss: lossSum / x.count + penalties, accuracy: correct / x.count };
  }

  /** The outputs for all samples, [samples, outputs] row-major. */
  predict(x: Rows): Float32Array {
    checkSizes(this.network, this.args.loss, x);
    const { columns } = this.stages.output;
    const order = Uint32Array.from({ length: x.count }, (_, i) => i);
    const outputs = new Float32Array(x.count * columns);
    this.quantize();
    for (let start = 0; start < x.count; start += this.args.batchSize) {
      const end = Math.min(start + this.args.batchSize, x.count);
      outputs.set(this.outputsFor({ x, order, start, end }), start * columns);
    }
    return outputs;
  }

  /** The outputs for the samples of a batch as the weights are now, [batch, outputs]; they hold until the next batch. */
  outputsNow(batch: Samples): Float32Array {
    this.quantize();
    return this.outputsFor(batch);
  }

  private outputsFor(batch: Samples): Float32Array {
    this.forward(batch, { training: false, seed: 0, step: 0 }, []);
    return this.readOutputs(batch.end - batch.start);
  }

  /** Sets pruned weights to zero, as happens at the end of an epoch. */
  applyMasks(): void {
    for (const weight of this.weights) weight.applyMask();
  }

  /** Brings the trained values into the network's description. */
  download(): void {
    for (const weight of this.weights) weight.download();
  }

  /** Takes values and masks from the network's description. */
  upload(): void {
    for (const weight of this.weights) weight.upload();
  }

  /** The gradient of the i-th trained weight, row-major. */
  gradient(i: number): Float32Array {
    return this.readAt(i, this.trained[i].gradient);
  }

  /** What the update rule remembers, slot by slot for each trained weight: the velocity, or Adam's m and v. */
  get slots(): Float32Array[][] {
    return this.update.slots.map((address) => this.trained.map((_, i) => this.readAt(i, this.slotOf(i, address))));
  }

  /** Sets what `slots` reads; what is undefined stays as it is. */
  setSlots(slots: (Float32Array | undefined)[][]): void {
    slots.forEach((list, slot) =>
      list.forEach((values, i) => values && this.trained[i].write(this.slotOf(i, this.update.slots[slot]), values)),
    );
  }

  private slotOf(i: number, address: number): number {
    return address + this.trained[i].values - this.trained[0].values;
  }

  private readAt(i: number, address: number): Float32Array {
    const stored = this.trained[i];
    const values = new Float32Array(stored.weight.values.length);
    stored.read(address, values);
    return values;
  }

  private quantize(): void {
    for (const weight of this.weights) weight.quantize();
  }

  private forward({ x, order, start, end }: Samples, pass: Pass, branches = this.stages.branches): void {
    const { input, stages } = this.stages;
    gatherRows(x, order, start, end, this.arena.numbers, input.values >>> 2, input.stride);
    for (const chain of [{ stages }, ...branches]) for (const stage of chain.stages) stage.forward(end - start, pass);
  }

  private computeLoss({ y, weights, order, start, end }: Batch): { loss: number; correct: number } {
    const rows = end - start;
    const { size } = y;
    if (this.targets.length < rows * size) this.targets = new Float32Array(rows * size);
    const targets = this.targets.subarray(0, rows * size);
    gatherRows(y, order, start, end, targets, 0, size);
    if (weights) for (let i = 0; i < rows; i++) this.sampleWeights[i] = weights[order[start + i]];
    const loss = this.loss.compute(targets, weights && this.sampleWeights.subarray(0, rows), rows);
    return { loss, correct: this.args.countsCorrect ? countCorrect(this.readOutputs(rows), targets, rows) : 0 };
  }

  /** The outputs of the last forward pass, not filled up. */
  private readOutputs(rows: number): Float32Array {
    const { values, columns, stride } = this.stages.output;
    const source = this.arena.numbers;
    const { outputs } = this;
    for (let i = 0; i < rows; i++) {
      for (let j = 0, from = (values >>> 2) + i * stride; j < columns; j++) outputs[i * columns + j] = source[from + j];
    }
    return outputs.subarray(0, rows * columns);
  }
}
