import type * as tf from "@tensorflow/tfjs";

/**
 * Calls `onUse` before anybody reads or writes one of a model's weights through its layers.
 *
 * @returns Ends the watch.
 */
export function watchWeights(variables: readonly tf.LayerVariable[], onUse: () => void): () => void {
  for (const variable of variables) {
    const itself = Object.getPrototypeOf(variable) as tf.LayerVariable;
    variable.read = () => {
      onUse();
      return itself.read.call(variable);
    };
    variable.write = (value) => {
      onUse();
      return itself.write.call(variable, value);
    };
  }
  return () => {
    for (const variable of variables) {
      Reflect.deleteProperty(variable, "read");
      Reflect.deleteProperty(variable, "write");
    }
  };
}
