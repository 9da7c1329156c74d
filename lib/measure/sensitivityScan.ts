import type * as tf from "@tensorflow/tfjs";
import type { ScanPoint } from "../pruning/budgetFromScan.js";
import { magnitude } from "../pruning/magnitude.js";
import { stripPruning } from "../pruning/stripPruning.js";
import { unstructuredMasks } from "../pruning/unstructuredMasks.js";
import type { WeightScores } from "../pruning/weightScores.js";
import type { Samples } from "../training/samples.js";
import { scanLayers } from "./scanLayers.js";

/** Options of `sensitivityScan`. */
export interface SensitivityScanOptions {
  /** Shares of zeros each layer is tried with. Default 0.1 to 0.9 in steps of 0.1, 0.95, 0.98 and 0.99. */
  sparsities?: readonly number[];
  /** What is pruned first. Default `magnitude(model)`. */
  scores?: WeightScores;
  /** What the bar says. Default "sensitivity". */
  label?: string;
  /** 1 shows a bar, 0 nothing. Default 1. */
  verbose?: 0 | 1;
}

const usual: readonly number[] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99];

/**
 * Accuracy with one layer pruned at a time and the others as they are, without training after it (Li et al. 2017): how
 * much each layer can spare.
 *
 * @param model Built, plain or pruned; it stays as it is.
 * @param x Samples [n, …] that the model was not trained on.
 * @param y Targets [n, classes].
 * @returns A point for each layer and sparsity, layers in order, sparsities as given.
 * @throws {RangeError} When a sparsity is out of range.
 * @throws {TypeError} When x and y do not go together.
 * @example
 * const scan = await sensitivityScan(model, validation.x, validation.y);
 */
export async function sensitivityScan(
  model: tf.LayersModel,
  x: Samples,
  y: Samples,
  options: SensitivityScanOptions = {},
): Promise<ScanPoint[]> {
  const { sparsities = usual, label = "sensitivity", verbose = 1 } = options;
  const copy = stripPruning(model);
  try {
    const { scores = magnitude(copy) } = options;
    const layers = copy.layers.filter(({ name }) => name in scores);
    const compress = ({ name }: tf.layers.Layer, kernel: Float32Array, sparsity: number): Float32Array => {
      const mask = unstructuredMasks(scores, { sparsity: { [name]: sparsity } })[name];
      return kernel.map((weight, i) => weight * mask[i]);
    };
    const points = await scanLayers({ model: copy, x, y, layers, settings: sparsities, compress, label, verbose });
    return points.map(({ layer, weights, setting, accuracy }) => ({ layer, weights, sparsity: setting, accuracy }));
  } finally {
    copy.dispose();
  }
}
