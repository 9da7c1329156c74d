import type * as tf from "@tensorflow/tfjs";
import { describeNetwork } from "../network/describeNetwork.js";
import { UnsupportedModel } from "../network/unsupportedModel.js";
import type { Compiled } from "./compiled.js";
import type { Engine, EngineName } from "./engine.js";
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
  const described = describeNetwork(model, { logits: compiled.leavesSoftmax, branches: loss.kind === "weightedSum" });
  const outputs = 1 + (described.network.branches?.length ?? 0);
  if (loss.kind === "weightedSum" && loss.sizes.length !== outputs) throw new UnsupportedModel(`${model.name} ends in a Concatenate of its own`);
  return { described, loss, optimizer };
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
  if (engine === "tfjs") return { engine: new TfjsEngine(model, compiled, seed, batchSize) };
  try {
    const plan = planKernels(model, compiled);
    return { engine: new WasmEngine(plan, { batchSize, seed, hasAccuracy: compiled.hasAccuracy }) };
  } catch (error) {
    if (!(error instanceof UnsupportedModel)) throw error;
    if (engine === "wasm") {
      const cure = 'Leave out engine: "wasm" to train it through TensorFlow.js.';
      throw new UnsupportedModel(`The kernels cannot train ${model.name}, for ${error.message}. ${cure}`, { cause: error });
    }
    return { engine: new TfjsEngine(model, compiled, seed, batchSize), reason: error.message };
  }
}
