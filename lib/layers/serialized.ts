import * as tf from "@tensorflow/tfjs";
import type { Quantizer } from "../quantizers/quantizer.js";
import { heNormal } from "./heNormal.js";
import type { Initializer } from "./qInitializer.js";

/** An object as it stands in a layer's config. */
export type Serialized = { className: string; config: tf.serialization.ConfigDict };

/** A penalty on a weight, as `tf.regularizers` makes them. */
export interface Regularizer {
  apply(x: tf.Tensor): tf.Scalar;
  getClassName(): string;
  getConfig(): tf.serialization.ConfigDict;
}

/** The registered object that a config describes. */
function fromConfig<T>(kind: string, { className, config }: Serialized): T {
  const registered = tf.serialization.SerializationMap.getMap().classNameMap[className];
  if (!registered) throw new RangeError(`There is no ${kind} "${className}".`);
  const [cls, create] = registered;
  return create(cls, config) as unknown as T;
}

/** An initializer from what names it. */
export function getInitializer(identifier: Initializer | string | Serialized): Initializer {
  if (typeof identifier === "string") {
    const name = identifier.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (name === "heNormal") return heNormal();
    const factory = (tf.initializers as unknown as Record<string, ((args: object) => Initializer) | undefined>)[name];
    if (!factory) {
      throw new RangeError(`Expected the name of a Keras initializer, such as heNormal, but found "${identifier}".`);
    }
    return factory({});
  }
  return "apply" in identifier ? identifier : fromConfig("initializer", identifier);
}

/** A regularizer from what names it, or null. */
export function getRegularizer(identifier: Regularizer | string | Serialized | null | undefined): Regularizer | null {
  if (!identifier) return null;
  if (typeof identifier !== "string") return "apply" in identifier ? identifier : fromConfig("regularizer", identifier);
  const factory = (tf.regularizers as unknown as Record<string, (() => Regularizer) | undefined>)[identifier];
  if (!factory) throw new RangeError(`Expected the name of a Keras regularizer, l1, l2 or l1l2, but found "${identifier}".`);
  return factory();
}

/** Class and config of an object, from which it can be made again; null of null. */
export const serialize = (object: Quantizer | Initializer | Regularizer | null): Serialized | null =>
  object && {
    className: "className" in object ? object.className : object.getClassName(),
    config: object.getConfig() as tf.serialization.ConfigDict,
  };
