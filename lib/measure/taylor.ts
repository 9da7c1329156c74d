import * as tf from "@tensorflow/tfjs";
import { ready } from "../backend.js";
import { checkPairs } from "../data/rows.js";
import { compiled } from "../training/compiled.js";
import { meanLoss } from "../training/meanLoss.js";
import { checkCount } from "../training/prepareFit.js";
import { gatherRows, toRows } from "../training/samples.js";
import type { Samples } from "../training/samples.js";
import { plainLayer } from "../pruning/pruneLowMagnitudeLayer.js";
import { activatedAt } from "../pruning/structural/activatedAt.js";
import { chainOf, infer } from "../pruning/structural/chain.js";
import { readSamples } from "../training/readSamples.js";
import { indices, unitsOf } from "../pruning/structural/unitWeights.js";
import { scoredLayers } from "../pruning/importance/unitScores.js";
import type { UnitScores } from "../pruning/importance/unitScores.js";

/**
 * Scores units by how much the loss would change without them, to first order:
 * `mean over samples of |Σ over positions of a · ∂L/∂a|`.
 *
 * L is a sample's loss and a the unit's activated output. The criterion is that of Molchanov et al. 2017
 * (arXiv:1611.06440, section 2.2), summed over a filter's positions as by the gates of Molchanov et al. 2019
 * (arXiv:1906.10771), so that scores of all layers are in units of the loss.
 *
 * @param model Compiled with the loss; a chain of layers, plain or being pruned. It stays as it is.
 * @param x Samples [n, …].
 * @param y Targets [n, …].
 * @param options batchSize: how many samples at a time, which does not change the scores. Default 256.
 * @throws {TypeError} When the model is not compiled or branches, or x and y do not go together.
 * @throws {RangeError} When there are no samples or batchSize is no whole number above 0.
 * @example const keep = selectUnits(await taylor(model, train.x, train.y), { sparsity: 0.5, scope: "global" });
 */
export async function taylor(
  model: tf.LayersModel,
  x: Samples,
  y: Samples,
  { batchSize = 256 }: { batchSize?: number } = {},
): Promise<UnitScores> {
  await ready();
  checkCount("batchSize", batchSize);
  const { loss } = compiled(model);
  const [samples, targets] = [readSamples(model, x), toRows(y, "y")];
  checkPairs(samples, targets, "x and y");
  const chain = chainOf(model);
  const scored = scoredLayers(model).map((layer) => ({
    name: layer.name,
    units: unitsOf(layer),
    at: activatedAt(chain, chain.findIndex((outer) => plainLayer(outer) === layer)),
    sums: new Float64Array(unitsOf(layer)),
  }));
  // Gates of 1, one a sample and unit: multiplied in, their gradient is Σ a · ∂L/∂a.
  const gatedLoss = (batch: tf.Tensor, labels: tf.Tensor, gates: tf.Tensor[]): tf.Tensor => {
    const outputs = chain.reduce((input, layer, i) => {
      const output = infer(layer, input);
      const gate = gates[scored.findIndex(({ at }) => at === i)];
      if (!gate) return output;
      const places = output.shape.slice(1, -1).map(() => 1);
      return tf.mul(output, tf.reshape(gate, [gate.shape[0], ...places, gate.shape[1] as number]));
    }, batch);
    return tf.mul(meanLoss(loss(labels, outputs), null), batch.shape[0]);
  };
  const order = Uint32Array.from(indices(samples.count));
  for (let start = 0; start < samples.count && scored.length > 0; start += batchSize) {
    const end = Math.min(start + batchSize, samples.count);
    tf.tidy(() => {
      const [batch, labels] = [gatherRows(samples, order, start, end), gatherRows(targets, order, start, end)];
      const gates = scored.map(({ units }) => tf.ones([end - start, units]));
      const gradients = tf.grads((...given: tf.Tensor[]) => gatedLoss(batch, labels, given))(gates);
      gradients.forEach((gradient, i) => {
        const { sums, units } = scored[i];
        gradient.dataSync().forEach((slope: number, at: number) => (sums[at % units] += Math.abs(slope)));
      });
    });
  }
  return Object.fromEntries(scored.map(({ name, sums }) => [name, Float32Array.from(sums, (sum) => sum / samples.count)]));
}
