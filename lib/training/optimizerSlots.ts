import type * as tf from "@tensorflow/tfjs";

/** What a tfjs optimizer remembers of one variable, such as its velocity. */
export interface Slot {
  /** The variable's name, "/" and what is remembered. */
  originalName: string;
  variable: tf.Variable;
}

/** The name of the variable that a slot is of. */
export const variableOf = ({ originalName }: Slot): string => originalName.slice(0, originalName.lastIndexOf("/"));

const isSlot = (value: unknown): boolean => typeof (value as Partial<Slot> | undefined)?.originalName === "string";

/** The lists, not empty, in which one of tfjs's own optimizers keeps its slots; those of others are not known. */
export const slotLists = (optimizer: tf.Optimizer): (Slot | undefined)[][] =>
  Object.values(optimizer).filter((list): list is (Slot | undefined)[] => Array.isArray(list) && list.some(isSlot));

/**
 * Brings an optimizer's slots into the order of the variables that are trained: tfjs takes them by their places, also
 * when a layer was frozen or is trained anew since. Slots of other variables are kept behind; for a variable
 * without one there is a gap, which tfjs fills.
 */
export function alignSlots(optimizer: tf.Optimizer, trained: readonly { name: string }[]): void {
  for (const list of slotLists(optimizer)) {
    const slots = new Map(list.filter((slot) => slot !== undefined).map((slot) => [variableOf(slot), slot]));
    const aligned = trained.map(({ name }) => slots.get(name));
    const names = new Set(trained.map(({ name }) => name));
    list.splice(0, list.length, ...aligned, ...[...slots].filter(([name]) => !names.has(name)).map(([, slot]) => slot));
  }
}
