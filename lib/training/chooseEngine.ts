import type * as tf from "@tensorflow/tfjs";
import { checkSizes } from "../network/checkSizes.js";
import { describeNetwork } from "../network/describeNetwork.js";
import { UnsupportedModel } from "../network/unsupportedModel.js";
import type { Compiled } from "./compiled.js";
import type { Engine, EngineName, LabelledRows } from "./engine.js";
import { linkOptimizer } from "./optimizerLink.js";
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

/** What `chooseEngine` needs to know. */
export interface EngineChoice {
  /** A certain engine, or the kernels where they can. */
  engine: EngineName | "auto";
  batchSize: number;
  seed: number;
  /** All that the engine will be given. */
  data: LabelledRows[];
}

/**
 * The engine that trains a model: the kernels where they know all of it, else TensorFlow.js.
 *
 * @returns The engine, and why it is not the kernels.
 * @throws {UnsupportedModel} When the kernels are asked for and cannot.
 * @throws {TypeError} When the data do not have the sizes that the kernels expect.
 */
export function chooseEngine(
  model: tf.LayersModel,
  compiled: Compiled,
  { engine, batchSize, seed, data }: EngineChoice,
): { engine: Engine; reason?: string } {
  if (engine === "tfjs") return { engine: new TfjsEngine(model, compiled, seed) };
  try {
    const plan = planKernels(model, compiled);
    for (const { x, y } of data) checkSizes(plan.described.network, plan.loss, x, y);
    return { engine: new WasmEngine(plan, { batchSize, seed, hasAccuracy: compiled.hasAccuracy }) };
  } catch (error) {
    if (engine === "wasm" || !(error instanceof UnsupportedModel)) throw error;
    return { engine: new TfjsEngine(model, compiled, seed), reason: error.message };
  }
}
