import type * as tf from "@tensorflow/tfjs";

/**
 * Calls `onUse` before anybody reads or assigns one of the variables, by whatever way they came to it: all of
 * TensorFlow.js goes through a tensor's `dataId` to its values.
 *
 * @returns Ends the watch.
 */
export function watchVariables(variables: readonly tf.Variable[], onUse: () => void): () => void {
  for (const variable of variables) {
    let { dataId } = variable;
    Object.defineProperty(variable, "dataId", {
      configurable: true,
      enumerable: true,
      get: () => {
        onUse();
        return dataId;
      },
      set: (assigned: typeof dataId) => {
        onUse();
        dataId = assigned;
      },
    });
  }
  return () => {
    for (const variable of variables) {
      Object.defineProperty(variable, "dataId", { value: variable.dataId, writable: true, configurable: true, enumerable: true });
    }
  };
}
