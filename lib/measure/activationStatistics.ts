import * as tf from "@tensorflow/tfjs";
import { ready } from "../backend.js";
import { QDepthwiseConv2D } from "../layers/qDepthwiseConv2D.js";
import { plainLayer } from "../pruning/pruneLowMagnitudeLayer.js";
import { activatedAt } from "../pruning/structural/activatedAt.js";
import { chainOf, hasUnits, infer } from "../pruning/structural/chain.js";
import { readSamples } from "../training/readSamples.js";
import { checkCount } from "../training/prepareFit.js";
import { gatherRows } from "../training/samples.js";
import type { Samples } from "../training/samples.js";

/**
 * What the inputs and the activated outputs of the layers with units were on a calibration set, by name of the layers. Of a
 * convolution over samples and positions.
 */
export interface ActivationStatistics {
  /** L2 norm of each input over all samples, [inputs] or [channels], for `wanda`; of QDepthwiseConv2D too. */
  inputNorms: Record<string, Float32Array>;
  /** Mean output of each unit. */
  means: Record<string, Float32Array>;
  /** Mean magnitude of each unit's output, for `meanActivation`. */
  meanMagnitudes: Record<string, Float32Array>;
  /** Share of each unit's outputs that are zero, 0 to 1: APoZ, for `apoz`. */
  apoz: Record<string, Float32Array>;
}

/** Sums over samples and positions, a number a feature. */
class FeatureSums {
  readonly values: Float64Array;
  readonly magnitudes: Float64Array;
  readonly squares: Float64Array;
  readonly zeros: Float64Array;
  /** How many numbers were added to each sum. */
  count = 0;

  constructor(readonly features: number) {
    const sums = (): Float64Array => new Float64Array(features);
    [this.values, this.magnitudes, this.squares, this.zeros] = [sums(), sums(), sums(), sums()];
  }

  /** @param numbers […, features] */
  add(numbers: ArrayLike<number>): void {
    const { features, values, magnitudes, squares, zeros } = this;
    for (let i = 0; i < numbers.length; ) {
      for (let feature = 0; feature < features; feature++, i++) {
        const value = numbers[i];
        values[feature] += value;
        magnitudes[feature] += Math.abs(value);
        squares[feature] += value * value;
        if (value === 0) zeros[feature]++;
      }
    }
    this.count += numbers.length / features;
  }
}

/**
 * Lets a calibration set through a model and observes each layer with units: Dense, QDense, Conv2D and QConv2D.
 *
 * Outputs are taken behind the activation, also where that is a layer of its own (Activation, ReLU, QActivation), with
 * normalization, dropout or pooling before it or not.
 *
 * @param model Built, a chain of layers, plain or being pruned; it stays as it is.
 * @param x Samples [n, …]; some hundred are enough to rank units.
 * @param options batchSize: how many samples at a time, which changes the memory needed only. Default 256.
 * @returns The layers' names are those of the plain model.
 * @throws {TypeError} When the model branches or x is not of the shape that it takes.
 * @throws {RangeError} When there are no samples or batchSize is no whole number above 0.
 * @example
 * const statistics = await activationStatistics(model, calibration.x);
 * statistics.apoz.hidden; // [0.2, 1, …]: the second unit never gives anything
 */
export async function activationStatistics(
  model: tf.LayersModel,
  x: Samples,
  { batchSize = 256 }: { batchSize?: number } = {},
): Promise<ActivationStatistics> {
  await ready();
  checkCount("batchSize", batchSize);
  const samples = readSamples(model, x);
  const chain = chainOf(model);
  const observed = chain.flatMap((outer, index) => {
    const plain = plainLayer(outer);
    const isUnits = hasUnits(outer);
    if (!isUnits && !(plain instanceof QDepthwiseConv2D)) return [];
    const { name, weights } = plain;
    const [inputs, units] = (weights[0].shape as number[]).slice(-2);
    const at = isUnits ? activatedAt(chain, index) : -1;
    return [{ name, from: index, at, isUnits, inputs: new FeatureSums(inputs), outputs: new FeatureSums(units) }];
  });
  const order = Uint32Array.from({ length: samples.count }, (_, i) => i);
  for (let start = 0; start < samples.count; start += batchSize) {
    const end = Math.min(start + batchSize, samples.count);
    tf.tidy(() => {
      chain.reduce((input, layer, i) => {
        observed.find(({ from }) => from === i)?.inputs.add(input.dataSync());
        const output = infer(layer, input);
        observed.find(({ at }) => at === i)?.outputs.add(output.dataSync());
        return output;
      }, gatherRows(samples, order, start, end));
    });
  }
  type Layer = (typeof observed)[number];
  const withUnits = observed.filter(({ isUnits }) => isUnits);
  const byName = (number: (layer: Layer) => Float32Array, layers = withUnits): Record<string, Float32Array> =>
    Object.fromEntries(layers.map((layer) => [layer.name, number(layer)]));
  return {
    inputNorms: byName(({ inputs }) => Float32Array.from(inputs.squares, Math.sqrt), observed),
    means: byName(({ outputs: { values, count } }) => Float32Array.from(values, (sum) => sum / count)),
    meanMagnitudes: byName(({ outputs: { magnitudes, count } }) => Float32Array.from(magnitudes, (sum) => sum / count)),
    apoz: byName(({ outputs: { zeros, count } }) => Float32Array.from(zeros, (sum) => sum / count)),
  };
}
