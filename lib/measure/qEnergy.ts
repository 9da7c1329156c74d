import type * as tf from "@tensorflow/tfjs";
import { sizeOf } from "../data/shape.js";
import { horowitz, operationEnergy } from "./energy/energyProcess.js";
import type { EnergyProcess } from "./energy/energyProcess.js";
import { inferDataTypes } from "./energy/inferDataTypes.js";
import type { DataTypeOptions, LayerDataTypes } from "./energy/inferDataTypes.js";
import { memoryEnergy } from "./energy/memoryEnergy.js";
import type { Memory, MemoryModel } from "./energy/memoryEnergy.js";
import type { Operation } from "./energy/multiplier.js";

/** What one layer, or the whole model, costs for a sample, in pJ. */
export interface LayerEnergy {
  layer: string;
  /** Reading the inputs. */
  inputs: number;
  /** Writing the outputs. */
  outputs: number;
  /** Reading weights and biases. */
  parameters: number;
  /** Multiplications and additions (QTools: `op_cost`). */
  opCost: number;
  /**
   * What QTools counts of the layer (`extract_energy_profile`): inputs, parameters and operations, of an activation the
   * outputs, so that what lies between two layers is counted once.
   */
  total: number;
  /** Multiply-accumulates, or additions of a pooling. */
  operations: number;
  /** What multiplies: a multiplier, shifter, adder, multiplexer or gate; null where nothing is multiplied. */
  operation: Operation | null;
  /** Bits of the sum; null where nothing is summed. */
  accumulatorBits: number | null;
}

/** What `qEnergy` takes. */
export interface QEnergyOptions extends DataTypeOptions {
  /** Energy of operations. Default "horowitz", 45 nm. */
  process?: "horowitz" | EnergyProcess;
  /** Where the weights lie: "dram", "sram", or "fixed", wired in. Default "dram". */
  weightsOnMemory?: Memory;
  /** Where inputs and outputs lie; those of the model itself follow from rdWrOnIo. Default "dram". */
  activationsOnMemory?: Memory;
  /** The least size of a memory on the chip in bits. Default 0. */
  minSramSize?: number;
  /** Whether the model's input comes from DRAM and its output goes there; else SRAM. Default true. */
  rdWrOnIo?: boolean;
}

const activations: readonly string[] = ["Activation", "QActivation", "LearnedStepActivation", "PactActivation"];

/** Multiplying and adding. */
function operationCost({ multiplier, accumulator, operations }: LayerDataTypes, process: EnergyProcess): number {
  const product = multiplier
    ? multiplier.gateFactor * operationEnergy(process, multiplier.operation, multiplier.output, multiplier.gateBits)
    : 0;
  const sum = accumulator ? operationEnergy(process, "add", accumulator, accumulator.bits) : 0;
  return operations * (product + sum);
}

/** Reading weights and biases. */
function parameterCost({ weights }: LayerDataTypes, memory: Memory, model: MemoryModel): number {
  if (!weights) return 0;
  const { kernel, kernelShape, bias } = weights;
  const units = kernelShape[kernelShape.length - 1];
  const kernelCost = memoryEnergy(sizeOf(kernelShape) * kernel.bits, memory, model);
  return kernelCost + (bias ? memoryEnergy(units * bias.bits, memory, model) : 0);
}

/** The polynomials of a process. */
function toProcess(process: "horowitz" | EnergyProcess): EnergyProcess {
  if (typeof process === "object") return process;
  if (process === "horowitz") return horowitz;
  throw new RangeError(`Expected process to be "horowitz" or polynomials but found "${String(process)}".`);
}

function checkMemory(name: string, memory: Memory): void {
  if (memory === "dram" || memory === "sram" || memory === "fixed") return;
  throw new RangeError(`Expected ${name} to be "dram", "sram" or "fixed" but found "${String(memory)}".`);
}

/**
 * Estimates the energy that a model takes for one sample: arithmetic by the bits of its operands, and memory (QTools:
 * `QTools(model, process, source_quantizers).pe(…)`, Coelho et al. 2021, arXiv:2006.10159; energies of Horowitz 2014).
 *
 * A multiplier follows from the formats of weight and input (a shifter for powers of two, a multiplexer for ternary, a
 * gate for binary), a sum is wide enough never to overflow. Zeros among the weights save nothing here. What has no
 * quantizer counts as float32, so that float models can be set beside quantized ones; QTools's configuration takes it
 * for `quantized_bits(8,0)`: `defaultIntermQuantizer` says so. The model's input counts as 8 bits here too, of a float model
 * and of one whose weights alone are quantized as well, which take float32: `sourceQuantizer: "fp32"` says so. Weights of a
 * `codebook` are refused, for QTools has no multiplier for them.
 *
 * @param model Built, a chain of Dense, QDense, convolutions, activations, pooling, Flatten, Reshape and Dropout, plain or
 *   being pruned.
 * @param options See `QEnergyOptions`; the memories' defaults are QTools's, the model's input is 8 bits.
 * @returns A row a layer but Dropout, in pJ, and a last one named "total". QTools's `total_cost` is the sum of the last
 *   row's inputs, outputs, parameters and opCost.
 * @throws {TypeError} When the model branches or QTools does not know a layer or a format.
 * @throws {RangeError} When an option is none of those listed.
 * @example
 * const options = { weightsOnMemory: "fixed", activationsOnMemory: "fixed", rdWrOnIo: false } as const;
 * qEnergy(model, options).at(-1)?.total; // pJ a sample
 */
export function qEnergy(model: tf.LayersModel, options: QEnergyOptions = {}): LayerEnergy[] {
  const { weightsOnMemory = "dram", activationsOnMemory = "dram", minSramSize = 0, rdWrOnIo = true } = options;
  const process = toProcess(options.process ?? "horowitz");
  checkMemory("weightsOnMemory", weightsOnMemory);
  checkMemory("activationsOnMemory", activationsOnMemory);
  const memory: MemoryModel = { process, minSramSize, rdWrOnIo };
  const outside = rdWrOnIo ? "dram" : "sram";
  const types = inferDataTypes(model, options);
  const rows = types.map((layer, i): LayerEnergy => {
    const { input, inputShape, output, outputShape, className, multiplier, accumulator } = layer;
    const inputs = memoryEnergy(sizeOf(inputShape) * input.bits, i === 0 ? outside : activationsOnMemory, memory);
    const isLast = i === types.length - 1;
    const outputs = memoryEnergy(sizeOf(outputShape) * output.bits, isLast ? outside : activationsOnMemory, memory);
    const parameters = parameterCost(layer, weightsOnMemory, memory);
    const opCost = operationCost(layer, process);
    const counted = activations.includes(className) ? outputs : className === "MaxPooling2D" ? opCost : inputs + parameters + opCost;
    return {
      layer: layer.layer, inputs, outputs, parameters, opCost, total: counted,
      operations: layer.operations, operation: multiplier?.operation ?? null, accumulatorBits: accumulator?.bits ?? null,
    };
  });
  const sum = (key: "inputs" | "outputs" | "parameters" | "opCost" | "total" | "operations"): number =>
    rows.reduce((total, row) => total + row[key], 0);
  return [...rows, {
    layer: "total", inputs: sum("inputs"), outputs: sum("outputs"), parameters: sum("parameters"), opCost: sum("opCost"),
    total: sum("total"), operations: sum("operations"), operation: null, accumulatorBits: null,
  }];
}
