import * as tf from "@tensorflow/tfjs";
import { Adam } from "./adam.js";
import { alignSlots, variableOf } from "./optimizerSlots.js";
import type { Slot } from "./optimizerSlots.js";
import type { UpdateRule } from "../network/updateRule.js";

/** How an optimizer keeps what it remembers of each weight; `slot` is 0 for the velocity or m, 1 for v. */
interface State {
  slots: number;
  read(slot: number, variable: tf.LayerVariable): Float32Array | undefined;
  write(slot: number, variable: tf.LayerVariable, values: Float32Array): void;
}

/** What tfjs's optimizers keep for themselves. */
interface Internals {
  learningRate: number;
  incrementIterations(): void;
  momentum: number;
  useNesterov: boolean;
  accumulations: Slot[];
  beta1: number;
  beta2: number;
  epsilon: number;
  accumulatedFirstMoment: Slot[];
  accumulatedSecondMoment: Slot[];
  accBeta1: tf.Variable;
  accBeta2: tf.Variable;
}

/** A tfjs optimizer whose rule the kernels follow: its state goes to them before training and comes back after. */
export class OptimizerLink {
  constructor(
    private readonly optimizer: tf.Optimizer,
    readonly rule: UpdateRule,
    private readonly state: State,
  ) {}

  /** Steps made so far. */
  get iterations(): number {
    return this.optimizer.iterations;
  }

  /** As it is now: a callback may change it. */
  get learningRate(): number {
    return (this.optimizer as unknown as Internals).learningRate;
  }

  /** Notes that steps were made. */
  count(steps: number): void {
    for (let i = 0; i < steps; i++) (this.optimizer as unknown as Internals).incrementIterations();
  }

  /** What it remembers, slot by slot for each variable; undefined where there is nothing yet. */
  read(variables: readonly tf.LayerVariable[]): (Float32Array | undefined)[][] {
    const { state } = this;
    return Array.from({ length: state.slots }, (_, slot) => variables.map((variable) => state.read(slot, variable)));
  }

  /** Sets what it remembers. */
  write(variables: readonly tf.LayerVariable[], slots: Float32Array[][]): void {
    slots.forEach((list, slot) => list.forEach((values, i) => this.state.write(slot, variables[i], values)));
    alignSlots(this.optimizer, variables);
    const { accBeta1, accBeta2, beta1, beta2 } = this.optimizer as unknown as Internals;
    if (!accBeta1) return;
    tf.tidy(() => {
      accBeta1.assign(tf.scalar(beta1 ** (this.iterations + 1)));
      accBeta2.assign(tf.scalar(beta2 ** (this.iterations + 1)));
    });
  }
}

/** The state of tfjs's own optimizers: for each slot a list, in which a weight is found by its name. */
const accumulations = (lists: () => Slot[][], names: string[]): State => {
  const find = (slot: number, { name }: tf.LayerVariable): tf.Variable | undefined =>
    lists()[slot].find((found) => variableOf(found) === name)?.variable;
  return {
    slots: names.length,
    read: (slot, variable) => find(slot, variable)?.dataSync() as Float32Array | undefined,
    write(slot, variable, values) {
      const { name, shape } = variable;
      const value = tf.tensor(values, shape as number[]);
      const known = find(slot, variable);
      if (known) known.assign(value);
      else lists()[slot].push({ originalName: `${name}/${names[slot]}`, variable: tf.variable(value, false) });
      value.dispose();
    },
  };
};

/** The state of `adam`: by the name of the variable. */
const moments = (adam: Adam): State => ({
  slots: 2,
  read: (slot, { name }) => adam.moments.get(name)?.[slot === 0 ? "m" : "v"],
  write(slot, { name }, values) {
    const known = adam.moments.get(name) ?? { m: values, v: values };
    adam.moments.set(name, { ...known, [slot === 0 ? "m" : "v"]: values });
  },
});

/**
 * Links an optimizer to the kernels, or gives null when they do not know its rule. Known are `tf.train.sgd`,
 * `tf.train.momentum`, `tf.train.adam` and `adam`.
 */
export function linkOptimizer(optimizer: tf.Optimizer): OptimizerLink | null {
  const internals = optimizer as unknown as Internals;
  const { beta1, beta2, epsilon, momentum, useNesterov } = internals;
  switch ((optimizer.constructor as unknown as { className: string }).className) {
    case Adam.className: {
      const rule = { kind: "adam", beta1, beta2, epsilon, epsilonAfterCorrection: false } as const;
      return new OptimizerLink(optimizer, rule, moments(optimizer as Adam));
    }
    case "SGD":
      return new OptimizerLink(optimizer, { kind: "sgd" }, accumulations(() => [], []));
    case "Momentum": {
      const state = accumulations(() => [internals.accumulations], ["momentum"]);
      return new OptimizerLink(optimizer, { kind: "momentum", momentum, useNesterov }, state);
    }
    case "Adam": {
      const rule = { kind: "adam", beta1, beta2, epsilon, epsilonAfterCorrection: true } as const;
      const lists = (): Slot[][] => [internals.accumulatedFirstMoment, internals.accumulatedSecondMoment];
      return new OptimizerLink(optimizer, rule, accumulations(lists, ["m", "v"]));
    }
    default:
      return null;
  }
}
