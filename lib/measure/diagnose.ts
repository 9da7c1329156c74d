import * as tf from "@tensorflow/tfjs";
import { ready } from "../backend.js";
import { indexOfNaN } from "../data/indexOfNaN.js";
import type { Activation } from "../layers/activation.js";
import { LearnedStepActivation, PactActivation } from "../layers/learnedActivation.js";
import { weightQuantizer } from "../layers/quantizedKernelLayer.js";
import { chainOf, hasUnits, infer } from "../pruning/structural/chain.js";
import { plainLayer } from "../pruning/pruneLowMagnitudeLayer.js";
import { QuantizedAffine } from "../quantizers/quantizedAffine.js";
import type { Quantizer } from "../quantizers/quantizer.js";
import { checkCount } from "../training/prepareFit.js";
import { readSamples } from "../training/readSamples.js";
import { gatherRows } from "../training/samples.js";
import type { Samples } from "../training/samples.js";
import { deadUnitsOf, findingOf, linearReluOf } from "./diagnosis/finding.js";
import type { Finding } from "./diagnosis/finding.js";
import { observe, refuseNaN } from "./diagnosis/tensorDiagnosis.js";
import type { Observed, TensorDiagnosis } from "./diagnosis/tensorDiagnosis.js";

/** What `diagnose` saw. */
export interface Diagnosis {
  /** A row a quantized tensor, in the order of the layers: kernel, bias, activation. */
  rows: TensorDiagnosis[];
  /** What is wrong, in the same order; none where all is well. */
  findings: Finding[];
}

/** A layer's output before its activation, its output, and the activation's quantizer where it has one. */
interface Activated {
  before: tf.Tensor;
  after: tf.Tensor;
  quantizer: Quantizer | null;
}

/** Lets a batch through a layer, observing what its activation quantizes. */
function activate(outer: tf.layers.Layer, x: tf.Tensor): Activated {
  const layer = plainLayer(outer);
  if (layer instanceof LearnedStepActivation || layer instanceof PactActivation) {
    // The step is found from the first numbers, so the quantizer comes after them.
    const after = infer(layer, x);
    return { before: x, after, quantizer: layer.quantizer };
  }
  const quantizer = (layer as unknown as { activation?: Activation | null }).activation?.quantizer ?? null;
  if (!quantizer) return { before: x, after: infer(outer, x), quantizer: null };
  if (layer.weights.length === 0) return { before: x, after: infer(layer, x), quantizer };
  // The same layer, weights and all, but for its activation.
  const linear = Object.create(layer, { activation: { value: null } }) as tf.layers.Layer;
  const before = infer(linear, x);
  return { before, after: quantizer.apply(before), quantizer };
}

/** Units, the last axis, that are 0 in all rows. */
function countDead(values: Float32Array, units: number): number {
  const alive = new Uint8Array(units);
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) alive[i % units] = 1;
  return units - alive.reduce((sum, unit) => sum + unit, 0);
}

/** Observes kernel and bias of a layer. */
function observeWeights(layer: tf.layers.Layer): Observed[] {
  return layer.weights.flatMap((weight, i) => {
    const values = weight.read().dataSync() as Float32Array;
    refuseNaN(layer.name, "weights", values);
    const quantizer = weightQuantizer(layer, i);
    if (!quantizer) return [];
    return [observe(layer.name, i === 0 ? "kernel" : "bias", values, weight.shape as number[], quantizer)];
  });
}

/** What of an observation is shown. */
function rowOf(observed: Observed): TensorDiagnosis {
  const { layer, tensor, format, min, max, clipped, saturated, zeros, levelsUsed, levels, integer, integerNeeded } = observed;
  return { layer, tensor, format, min, max, clipped, saturated, zeros, levelsUsed, levels, integer, integerNeeded };
}

/**
 * Says why a quantized model may be worse than it could be: formats with too few integer bits, which clip, or too many,
 * whose levels stay unused; weights that round to 0 or are all one value; activations that let negative numbers through
 * where a ReLU was meant; units that are 0 for every sample.
 *
 * Weights are those that are trained, before quantizing; activations what reaches their quantizers on the samples. A
 * finding is a judgement by thresholds (2 % clipped where more integer bits would come nearer to the numbers, 10 % of the
 * weights at the ends, 90 % rounded to 0, two unused integer bits with a step above a 16th of the root mean square, 20 % dead
 * units), the rows are what was measured.
 *
 * @param model Built, a chain of layers, plain or being pruned; its weights stay as they are.
 * @param x Samples [n, …]; the first are taken.
 * @param options samples: how many at most, default 1000.
 * @returns Rows for a table, and findings, each with a cure.
 * @throws {TypeError} When the model branches or x is not of the shape that it takes.
 * @throws {RangeError} When there are no samples, `samples` is no whole number above 0, or samples, weights or activations are
 *   NaN.
 * @example
 * const { rows, findings } = await diagnose(model, test.x);
 * findings[0]?.message; // "quantized_bits(8,4,0,alpha=1) keeps negative numbers (48 % of the outputs): …"
 */
export async function diagnose(model: tf.LayersModel, x: Samples, { samples: most = 1000 }: { samples?: number } = {}): Promise<Diagnosis> {
  await ready();
  checkCount("samples", most);
  const samples = readSamples(model, x);
  const wrong = indexOfNaN(samples.values);
  if (wrong >= 0) throw new RangeError(`Expected numbers in x but found NaN in sample ${Math.floor(wrong / samples.size)}.`);
  const chain = chainOf(model);
  const count = Math.min(samples.count, most);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const [firstUnits, lastUnits] = [chain.findIndex(hasUnits), chain.findLastIndex(hasUnits)];
  const rows: TensorDiagnosis[] = [];
  const findings: Finding[] = [];
  const add = (observed: Observed, ...found: (Finding | null)[]): void => {
    rows.push(rowOf(observed));
    findings.push(...found.filter((finding) => finding !== null));
  };
  tf.tidy(() => {
    let isLost = false; // whether the last kernel is 0, or one value
    chain.reduce((input, outer, i) => {
      const layer = plainLayer(outer);
      const weights = observeWeights(layer);
      const found = weights.map(findingOf);
      // Once is enough where kernel and bias have the same thing wrong.
      weights.forEach((observed, at) => add(observed, found[at]?.kind === found[at - 1]?.kind ? null : found[at]));
      if (hasUnits(outer)) isLost = found.some((finding) => finding?.kind === "stuck" || finding?.kind === "roundedToZero");
      const { before, after, quantizer } = activate(outer, input);
      if (!quantizer) return after;
      const values = after.dataSync() as Float32Array;
      const observed = observe(layer.name, "activation", before.dataSync() as Float32Array, before.shape, quantizer);
      const units = after.shape[after.shape.length - 1] as number;
      const isHidden = i >= firstUnits && i < lastUnits;
      const linear = isHidden ? linearReluOf(observed, values.reduce((sum, value) => sum + Number(value < 0), 0) / values.length) : null;
      // What learned formats clip is what training chose to, and what a kernel of zeros makes of the outputs is said already.
      const isLearned = layer instanceof LearnedStepActivation || layer instanceof PactActivation;
      const range = isLearned || isLost ? null : findingOf(observed);
      // Too coarse a step makes units dead that are not.
      const dead = isHidden && !isLost && range?.kind !== "unusedLevels" ? deadUnitsOf(layer.name, countDead(values, units), units) : null;
      // The quantized_relu that is advised has the right range already.
      const isCured = linear !== null && !(quantizer instanceof QuantizedAffine);
      add(observed, linear, isCured ? null : range, dead);
      return after;
    }, gatherRows(samples, order, 0, count));
  });
  return { rows, findings };
}
