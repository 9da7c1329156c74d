import type { Random } from "../../lib/data/random.js";
import { targetColumns } from "../../lib/network/loss.js";
import type { Loss } from "../../lib/network/loss.js";
import type { LabelledRows } from "../../lib/training/engine.js";
import type { Rows } from "../../lib/data/rows.js";
import { combineWeights } from "../../lib/training/sampleWeights.js";
import type { Architecture } from "./architecture.js";

const rows = (values: Float32Array, count: number, shape: number[]): Rows => ({
  values,
  count,
  shape,
  size: values.length / count,
});

/** Samples and targets for a random network. */
export function drawData(
  { inputShape, zeros, head, weighting }: Architecture,
  loss: Loss,
  count: number,
  random: Random,
): LabelledRows {
  const inputs = inputShape.reduce((a, b) => a * b, 1);
  const x = Float32Array.from({ length: count * inputs }, () => (random.uniform() < zeros ? 0 : random.normal()));
  const columns = targetColumns(loss, head.units);
  const targets = new Float32Array(count * columns);
  for (let i = 0; i < count; i++) targets.set(drawTarget(loss, head.units, random), i * columns);
  const y = rows(targets, count, [columns]);
  const sampleWeight =
    weighting === "sample"
      ? Float32Array.from({ length: count }, () => (random.uniform() < 0.2 ? 0 : random.uniform(0, 2)))
      : undefined;
  const classWeight = weighting === "class" ? { 0: 0.3, 1: 2 } : undefined;
  return { x: rows(x, count, inputShape), y, weights: combineWeights(y, head.units, sampleWeight, classWeight) };
}

function drawTarget(loss: Loss, units: number, random: Random): number[] {
  const label = random.integer(units);
  const numbers = (draw: () => number): number[] => Array.from({ length: units }, draw);
  const oneHot = numbers(() => 0).map((_, i) => Number(i === label));
  switch (loss.kind) {
    case "sparseCategoricalCrossentropy":
      return [label];
    case "binaryCrossentropy":
      return numbers(() => random.integer(2));
    case "meanSquaredError":
      return numbers(() => random.normal());
    case "relational":
    case "weightedSum":
      throw new TypeError(`Expected the loss of one output but found ${loss.kind}.`);
    case "distillation":
      return [...oneHot, ...numbers(() => random.normal(0, 2))];
    case "categoricalCrossentropy":
    case "softmaxCrossEntropy": {
      if (random.uniform() < 0.7) return oneHot;
      const shares = numbers(() => random.uniform());
      const sum = shares.reduce((a, b) => a + b, 0);
      return shares.map((share) => share / sum);
    }
  }
}

/** The samples that are kept of some. */
export function keepRows({ x, y, weights }: LabelledRows, kept: number[]): LabelledRows {
  const pick = ({ values, shape, size }: Rows): Rows => {
    const picked = kept.flatMap((row) => [...values.subarray(row * size, (row + 1) * size)]);
    return { values: Float32Array.from(picked), count: kept.length, shape, size };
  };
  return { x: pick(x), y: pick(y), weights: weights && Float32Array.from(kept, (row) => weights[row]) };
}
