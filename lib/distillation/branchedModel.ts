import * as tf from "@tensorflow/tfjs";
import type { LossPart, TargetSlice } from "../network/loss.js";
import { plainLayer } from "../pruning/pruneLowMagnitudeLayer.js";
import type { DescribedLoss } from "../training/compiled.js";
import { weightedSumLoss } from "./weightedSumLoss.js";

/** An output beside a model's own. */
export interface BranchArgs {
  /** What it computes, from the layers of the model. */
  output: tf.SymbolicTensor;
  /** Its loss; none for an output that is another's target. */
  loss?: Omit<LossPart, "output">;
}

/** A model and its branches as one model, to be trained as one. */
export interface BranchedModel {
  model: tf.LayersModel;
  loss: DescribedLoss;
}

/** The size of a tensor's last axis. */
export const sizeOfOutput = ({ shape }: tf.SymbolicTensor): number => shape[shape.length - 1] as number;

/**
 * A model that has the layers and weights of another, and branches.
 *
 * @param model Gives classes, as logits or through a softmax that is left away in training.
 * @param losses Losses of the model's own output.
 * @param branches In the order in which targets refer to them, from 1 on.
 * @param columns Numbers in a row of targets.
 */
export function branchedModel(model: tf.LayersModel, losses: Omit<LossPart, "output">[], branches: BranchArgs[], columns: number): BranchedModel {
  const outputs = [model.outputs[0], ...branches.map(({ output }) => output)];
  const all = branches.length > 0 ? (tf.layers.concatenate({ axis: -1 }).apply(outputs) as tf.SymbolicTensor) : outputs[0];
  const parts: LossPart[] = [
    ...losses.map((loss) => ({ ...loss, output: 0 })),
    ...branches.flatMap(({ loss }, i) => (loss ? [{ ...loss, output: i + 1 }] : [])),
  ];
  const sizes = outputs.map(sizeOfOutput);
  return {
    model: tf.model({ inputs: model.inputs, outputs: all, name: model.name }),
    loss: weightedSumLoss({ kind: "weightedSum", parts, sizes, columns }),
  };
}

/** Columns of the rows of targets. */
export const targets = (from: number, size: number): Extract<TargetSlice, { of: "targets" }> => ({ of: "targets", from, size });

/** Throws unless the shape of a model's samples is known. */
export function checkBuilt(model: tf.LayersModel): void {
  if (model.inputs?.length) return;
  throw new TypeError(`Expected ${model.name} to be built: it has no input yet. Give its first layer an inputShape.`);
}

/** A layer of a model by its name, and what it gives. */
export function hiddenOutput(model: tf.LayersModel, name: string, who: string): tf.SymbolicTensor {
  const layer = model.layers.find((candidate) => candidate.name === name || plainLayer(candidate).name === name);
  if (!layer) {
    throw new RangeError(`${who}: expected the name of a layer of ${model.name}, ${model.layers.map((one) => one.name).join(", ")}, but found ${name}.`);
  }
  if (layer.inboundNodes.length !== 1) throw new TypeError(`${who}: expected a layer that is used once but found ${name}, used ${layer.inboundNodes.length} times.`);
  const output = layer.output as tf.SymbolicTensor;
  if (model.outputs.includes(output)) throw new RangeError(`${who}: expected a hidden layer of ${model.name} but found ${name}, the one at its end.`);
  if (output.shape.length !== 2) throw new TypeError(`${who}: expected ${name} to give [batch, features] but found [${output.shape}].`);
  return output;
}
