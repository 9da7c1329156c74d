import type * as tf from "@tensorflow/tfjs";
import { describeNetwork } from "../network/describeNetwork.js";
import { UnsupportedModel } from "../network/unsupportedModel.js";
import type { Compiled } from "./compiled.js";
import type { Engine, EngineName } from "./engine.js";
import { targetColumns } from "../network/loss.js";
import type { Loss } from "../network/loss.js";
import { linkOptimizer } from "./optimizerLink.js";
import type { Rows } from "../data/rows.js";
import { TfjsEngine } from "./tfjsEngine.js";
import { WasmEngine } from "./wasmEngine.js";
import type { KernelPlan } from "./wasmEngine.js";

/**
 * What the kernels need to train a model.
 *
 * @throws {UnsupportedModel} When they cannot; the message tells why.
 */
export function planKernels(model: tf.LayersModel, compiled: Compiled): KernelPlan {
  const { described: loss } = compiled;
  if (typeof loss === "string") throw new UnsupportedModel(`the loss is ${loss}`);
  const optimizer = linkOptimizer(compiled.optimizer);
  if (!optimizer) throw new UnsupportedModel(`the optimizer is ${compiled.optimizer.getClassName()}`);
  return { described: describeNetwork(model), loss, optimizer };
}

/** Throws unless samples and targets have the sizes that a network and its loss expect. */
export function checkSizes(model: tf.LayersModel, loss: Loss, x: Rows, y: Rows): void {
  const inputs = (model.inputs[0].shape.slice(1) as number[]).reduce((a, b) => a * b, 1);
  if (x.size !== inputs) throw new TypeError(`Expected samples of ${inputs} numbers but found ${x.size}.`);
  const columns = targetColumns(loss, model.outputs[0].shape[1] as number);
  if (y.size !== columns) throw new TypeError(`Expected targets of ${columns} numbers for ${loss.kind} but found ${y.size}.`);
}

/** What `chooseEngine` needs to know. */
export interface EngineChoice {
  /** A certain engine, or the kernels where they can. */
  engine: EngineName | "auto";
  batchSize: number;
  seed: number;
}

/**
 * The engine that trains a model: the kernels where they know all of it, else TensorFlow.js.
 *
 * @returns The engine, and why it is not the kernels.
 * @throws {UnsupportedModel} When the kernels are asked for and cannot.
 */
export function chooseEngine(
  model: tf.LayersModel,
  compiled: Compiled,
  { engine, batchSize, seed }: EngineChoice,
): { engine: Engine; reason?: string } {
  if (engine === "tfjs") return { engine: new TfjsEngine(model, compiled, seed) };
  try {
    const plan = planKernels(model, compiled);
    return { engine: new WasmEngine(plan, { batchSize, seed, hasAccuracy: compiled.hasAccuracy }) };
  } catch (error) {
    if (engine === "wasm" || !(error instanceof UnsupportedModel)) throw error;
    return { engine: new TfjsEngine(model, compiled, seed), reason: error.message };
  }
}
