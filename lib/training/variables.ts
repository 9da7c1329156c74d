import * as tf from "@tensorflow/tfjs";
import type { DescribedNetwork } from "../network/describeNetwork.js";
import type { Weight } from "../network/network.js";

/** The tfjs variable behind a weight of a layer, without the layer's constraint. */
export const valueOf = (variable: tf.LayerVariable): tf.Variable => (variable as unknown as { val: tf.Variable }).val;

/** Brings a model's variables up to date from its description. */
export function writeVariables({ variables }: DescribedNetwork): void {
  for (const { variable, weight, part } of variables) {
    const value = tf.tensor(part === "mask" ? (weight.pruning?.mask as Float32Array) : weight.values, weight.shape);
    valueOf(variable).assign(value);
    value.dispose();
  }
}

/** Brings a description up to date from the model's variables. */
export function readVariables({ variables }: DescribedNetwork): void {
  for (const { variable, weight, part } of variables) {
    const values = Float32Array.from(valueOf(variable).dataSync());
    if (part === "values") weight.values.set(values);
    else if (weight.pruning) weight.pruning.mask = values;
  }
}

/** The variables that the given weights of a description came from. */
export function trainedVariables({ variables }: DescribedNetwork, weights: readonly Weight[]): tf.LayerVariable[] {
  const known = new Map(variables.filter(({ part }) => part === "values").map(({ weight, variable }) => [weight, variable]));
  return weights.map((weight) => known.get(weight) as tf.LayerVariable);
}
